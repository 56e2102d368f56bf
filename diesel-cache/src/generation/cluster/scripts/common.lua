-- What all scripts begin with. KEYS[1] is the state; ARGV[1] to ARGV[3] are the epoch, the server's run and the member.
local state, me = KEYS[1], ARGV[3]

-- Returns the server's time, in milliseconds.
local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Returns whether no member was heard for the length of a lease. Then somebody may have written alone.
local function is_silent(now, heard, lease)
    return math.abs(now - (heard or 0)) > tonumber(lease)
end

-- Publishes an event of an epoch, and returns its number.
local function publish(epoch, kind, body)
    local seq = redis.call('HINCRBY', state, 'seq', 1)
    redis.call('PUBLISH', state .. ':events', epoch .. struct.pack('<I8', seq) .. kind .. body)
    return seq
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

