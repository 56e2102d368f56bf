-- ARGV[4]: 'lease' if a lease has passed since the epoch began, 'grace' if a doubt would be over, too.
local sure = ARGV[4] == 'grace' or redis.call('HGET', state, 'survivors') ~= '1'
if head[7] ~= '0' then
    if sure then
        redis.call('HSET', state, 'young', 0)
        tell('M', '0')
    elseif head[7] == '1' then
        redis.call('HSET', state, 'young', 2)
        tell('M', '2')
    end
end
return {0}
