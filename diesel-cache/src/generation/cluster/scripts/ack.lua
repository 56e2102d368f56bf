-- ARGV[4] the last event that the caller has applied. Its lease is renewed only if it has applied all that is awaited.
local applied, before = tonumber(ARGV[4]), members[me][1]
if applied > before then
    members[me][1] = applied
    save()
    notify(before)
end
local granted = applied >= tonumber(head[4])
if granted then
    -- If nobody was granted a lease for the length of one, all are over, and somebody may have written alone.
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    if math.abs(now - head[9]) > tonumber(head[8]) then return {1} end
    redis.call('HSET', state, 'granted', now)
end
return {0, granted and 1 or 0}
