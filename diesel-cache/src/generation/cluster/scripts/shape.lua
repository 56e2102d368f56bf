-- ARGV[4] a list, ARGV[5] a shape, ARGV[6] the most that a list may have.
local field, shape = 'S' .. ARGV[4], ARGV[5]
local listed = redis.call('HGET', state, field) or ''
for at = 1, #listed, 8 do
    if string.sub(listed, at, at + 7) == shape then return {0, tonumber(head[5])} end
end
if #listed >= 8 * tonumber(ARGV[6]) then return {0, -1} end
redis.call('HSET', state, field, listed .. shape)
local seq = tell('S', struct.pack('<I4', tonumber(ARGV[4])) .. shape)
redis.call('HSET', state, 'shapes', seq)
return {0, seq}
