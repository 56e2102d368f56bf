-- The caller has no fence, and serves nothing any more. If somebody may have written alone, it stays, so that the next to
-- join begins a new epoch.
local _, has_lapsed = lapse()
if has_lapsed then return {1} end
local before = members[me][1]
members[me] = nil
save()
tell('X', me)
notify(before)
redis.call('PUBLISH', state .. ':to:' .. me, '')
return {0}
