-- Ends an epoch whose state the caller cannot read. All members notice with their next call.
local head = redis.call('HMGET', state, 'epoch', 'format')
if head[1] ~= ARGV[1] or head[2] ~= '1' then return {1} end
redis.call('DEL', state)
redis.call('PUBLISH', state .. ':events', string.rep('0', 16))
return {0}
