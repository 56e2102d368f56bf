-- ARGV[4] the last event that the caller has applied. Its lease is renewed only if it has applied all that is awaited.
local now, has_lapsed = lapse()
if has_lapsed then return {1} end
local applied, before = tonumber(ARGV[4]), members[me][1]
-- The state has gone back in time.
if applied > tonumber(head[5]) then return {1} end
redis.call('HSET', state, 'heard', now)
if applied > before then
    members[me][1] = applied
    save()
    notify(before)
end
return {0, applied >= tonumber(head[4]) and 1 or 0, tonumber(head[5])}
