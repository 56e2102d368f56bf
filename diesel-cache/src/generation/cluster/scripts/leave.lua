-- The caller has no fence, and serves nothing any more. If somebody may have written alone, it stays, so that the next to
-- join begins a new epoch. ARGV[4] is the number of the snapshot with which it joined: it may have joined again since,
-- if this call is late.
local _, has_lapsed = lapse()
if has_lapsed then return {1} end
if members[me][3] ~= tonumber(ARGV[4]) then return {2} end
local before = members[me][1]
members[me] = nil
save()
tell('X', me)
notify(before)
redis.call('PUBLISH', state .. ':to:' .. me, '')
return {0}
