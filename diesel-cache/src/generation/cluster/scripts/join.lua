-- Registers a member, after it has subscribed to the events.
--
-- ARGV[1] the epoch that it was in, or nothing; ARGV[2] the server's run; ARGV[3] the member; ARGV[4] the name of an
-- epoch, if one begins; ARGV[5] the lease in milliseconds, for a state without members; ARGV[6] slots to be moved;
-- ARGV[7] how many fences of its own follow; ARGV[8] the number of its last fence; then its own fences, and those of
-- others that it knows. Each is an id and a record.
local head = redis.call('HMGET', state, 'epoch', 'run', 'members', 'format', 'young', 'lease', 'heard', 'survivors')
local epoch, members, young = head[1], nil, head[5]
if not epoch and redis.call('EXISTS', state) == 1 then return {3} end
if epoch and head[4] ~= '1' then return {4, head[4] or ''} end

local now = clock()
-- What somebody else has written into the state begins a new epoch as well, so that the scripts can count on these.
local is_readable = true
for _, number in ipairs(redis.call('HMGET', state, 'seq', 'awaited', 'shapes', 'lease', 'heard')) do
    is_readable = is_readable and number and #number < 16 and string.find(number, '^%d+$')
end
local is_whole, unpacked = pcall(cmsgpack.unpack, head[3] or '')
local is_known = epoch and head[2] == ARGV[2] and is_readable and is_whole and type(unpacked) == 'table'
if is_known then members = unpacked end
-- Some may have written alone, and have yet to tell.
local has_lapsed = is_known and next(members) ~= nil and is_silent(now, head[7], head[6])

if not is_known or has_lapsed then
    -- Or the state was lost, or may have lost something on its way to this server. Fences and shapes are kept: too many
    -- of them do no harm. If they are all there, no doubt has to be waited for, unless it had to be before.
    local survivors = has_lapsed and (young == '0' and 2 or head[8]) or 0
    local kept = {}
    local all = epoch and redis.call('HGETALL', state) or {}
    for at = 1, #all, 2 do
        local kind = string.sub(all[at], 1, 1)
        if kind == 'F' or kind == 'S' then kept[all[at]] = all[at + 1] end
    end
    redis.call('DEL', state)
    for field, value in pairs(kept) do redis.call('HSET', state, field, value) end
    epoch, members, young = ARGV[4], {}, '1'
    redis.call('HSET', state, 'format', 1, 'epoch', epoch, 'run', ARGV[2], 'seq', 0, 'awaited', 0, 'shapes', 0,
        'young', 1, 'survivors', survivors)
end

if next(members) == nil then redis.call('HSET', state, 'lease', ARGV[5], 'heard', now) end

local snapshot = redis.call('HGETALL', state)
local seq = tonumber(redis.call('HGET', state, 'seq'))
local first = seq

local function tell(kind, body)
    seq = publish(epoch, kind, body)
end

-- It has applied nothing before it has acknowledged the snapshot: the answer to this may be lost. The number of its
-- snapshot tells this join from its later ones.
members[me] = {0, 0, first}
tell('J', me)

-- Its own fences: those that it still has, and no others up to the last that it knew of. If this call is late, it may have
-- made others since.
local own, last = {}, 8 + 2 * tonumber(ARGV[7])
for at = 9, last, 2 do own['F' .. ARGV[at]] = ARGV[at + 1] end
for at = 1, #snapshot, 2 do
    local field = snapshot[at]
    if string.sub(field, 1, 17) == 'F' .. me then
        if own[field] then
            -- A record only grows.
            if #own[field] <= #snapshot[at + 1] then own[field] = nil end
        elseif string.sub(field, 18) <= ARGV[8] then
            redis.call('HDEL', state, field)
            tell('L', string.sub(field, 2) .. move(string.sub(snapshot[at + 1], 25)))
        end
    end
end

-- Fences that this epoch does not know. Those of other members are told by these themselves, when they join.
local function add(field, record)
    redis.call('HSET', state, field, record)
    tell('F', string.sub(field, 2) .. record)
    redis.call('HSET', state, 'awaited', seq)
    members[me][2] = seq
end
for field, record in pairs(own) do add(field, record) end
if ARGV[1] ~= '' and ARGV[1] ~= epoch and young ~= '0' then
    for at = last + 1, #ARGV, 2 do
        local field = 'F' .. ARGV[at]
        if not members[string.sub(ARGV[at], 1, 16)] and redis.call('HEXISTS', state, field) == 0 then
            add(field, ARGV[at + 1])
        end
    end
    if redis.call('HGET', state, 'survivors') == '0' then redis.call('HSET', state, 'survivors', 1) end
end

if #ARGV[6] > 0 then
    tell('B', move(ARGV[6]))
    redis.call('HSET', state, 'awaited', seq)
end
redis.call('HSET', state, 'members', cmsgpack.pack(members))
local ids = {}
for id in pairs(members) do ids[#ids + 1] = id end
return {0, epoch, first, tonumber(young), tonumber(redis.call('HGET', state, 'lease')), ids, snapshot}
