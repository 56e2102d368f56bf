-- The caller has no fence, and serves nothing any more. If somebody may have written alone, it stays, so that the next to
-- join begins a new epoch.
local _, has_lapsed = lapse()
if has_lapsed then return {1} end
local before = members[me][1]
members[me] = nil
save()
tell('X', me)
for id, member in pairs(members) do
    if member[2] > before then
        redis.call('PUBLISH', state .. ':to:' .. id, head[1] .. struct.pack('<I8', least(id, member[2])))
    end
end
redis.call('PUBLISH', state .. ':to:' .. me, '')
return {0}
