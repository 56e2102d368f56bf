-- From ARGV[4] on: ids of fences whose writers are dead, and no longer in doubt.
for at = 4, #ARGV do
    if not members[string.sub(ARGV[at], 1, 16)] then lift(ARGV[at]) end
end
return {0}
