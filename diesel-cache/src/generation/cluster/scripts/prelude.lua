-- What most scripts begin with: the caller must be a member, in the epoch that it believes in.
-- KEYS[1] is the state; ARGV[1] to ARGV[3] are the epoch, the server's run and the member.
local state, me = KEYS[1], ARGV[3]
local head = redis.call('HMGET', state, 'epoch', 'run', 'members', 'awaited', 'seq', 'shapes', 'young', 'lease', 'heard')
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return {1} end
-- For each member: the last event that it has applied, and its own last event that it waits for.
local members = cmsgpack.unpack(head[3])
if not members[me] then return {2} end

local function save()
    redis.call('HSET', state, 'members', cmsgpack.pack(members))
end

-- Returns the time, and whether no member was heard for the length of a lease. Then somebody may have written alone.
local function lapse()
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    return now, math.abs(now - (head[9] or 0)) > tonumber(head[8])
end

-- Publishes an event, and returns its number.
local function tell(kind, body)
    local seq = redis.call('HINCRBY', state, 'seq', 1)
    redis.call('PUBLISH', state .. ':events', head[1] .. struct.pack('<I8', seq) .. kind .. body)
    return seq
end

-- Marks an event as one that all members must have applied before anything else happens.
local function await(seq)
    redis.call('HSET', state, 'awaited', seq)
    members[me][2] = seq
    save()
end

-- Returns what all members but one have applied; `otherwise` if there is no other.
local function least(but, otherwise)
    local least
    for id, member in pairs(members) do
        if id ~= but and (not least or member[1] < least) then least = member[1] end
    end
    return least or otherwise
end

-- Tells members that wait for an event after `before` what all others have applied by now.
local function notify(before)
    for id, member in pairs(members) do
        if id ~= me and member[2] > before then
            local applied = least(id, member[2])
            if applied > before then
                redis.call('PUBLISH', state .. ':to:' .. id, head[1] .. struct.pack('<I8', applied))
            end
        end
    end
end

-- Gives slots new generations, and returns both.
local function move(slots)
    local moved = {}
    for at = 1, #slots, 4 do
        local slot = struct.unpack('<I4', slots, at)
        moved[#moved + 1] = struct.pack('<I4I8', slot, redis.call('HINCRBY', state, 'G' .. slot, 1))
    end
    return table.concat(moved)
end

-- Lifts a fence with new generations, if it is there. A record is 24 bytes of terms, and slots.
local function lift(id, slots)
    local record = redis.call('HGET', state, 'F' .. id)
    redis.call('HDEL', state, 'F' .. id)
    slots = slots or (record and string.sub(record, 25))
    if slots then tell('L', id .. move(slots)) end
end
