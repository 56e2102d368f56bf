-- ARGV[4] the fence's id, ARGV[5] its record, which only grows. A call that is late may bring an older one.
local field, record = 'F' .. ARGV[4], ARGV[5]
local known = redis.call('HGET', state, field)
if known and #known > #record then record = known end
local seq = tell('F', ARGV[4] .. record)
redis.call('HSET', state, field, record)
await(seq)
return {0, seq, least(me, seq), head[6]}
