-- ARGV[4] the fence's id, ARGV[5] its record.
local seq = tell('F', ARGV[4] .. ARGV[5])
redis.call('HSET', state, 'F' .. ARGV[4], ARGV[5])
await(seq)
return {0, seq, least(me, seq), head[6]}
