-- What follows for all scripts but `join`: the caller must be a member, in the epoch that it believes in.
local head = redis.call('HMGET', state, 'epoch', 'run', 'members', 'awaited', 'seq', 'shapes', 'young', 'lease', 'heard')
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return {1} end
-- For each member: the last event that it has applied, its own last event that it waits for, and the number of the
-- snapshot with which it joined.
local members = cmsgpack.unpack(head[3])
if not members[me] then return {2} end

local function save()
    redis.call('HSET', state, 'members', cmsgpack.pack(members))
end

-- Returns the time, and whether somebody may have written alone.
local function lapse()
    local now = clock()
    return now, is_silent(now, head[9], head[8])
end

-- Publishes an event, and returns its number.
local function tell(kind, body)
    return publish(head[1], kind, body)
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

-- Lifts a fence with new generations, if it is there. A record is 24 bytes of terms, and slots.
local function lift(id, slots)
    local record = redis.call('HGET', state, 'F' .. id)
    redis.call('HDEL', state, 'F' .. id)
    slots = slots or (record and string.sub(record, 25))
    if slots then tell('L', id .. move(slots)) end
end
