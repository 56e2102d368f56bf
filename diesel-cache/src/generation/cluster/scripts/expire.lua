-- ARGV[4] an event. A lease has passed since, so the leases of those that have not applied it are over.
local gone, before = {}, math.huge
for id, member in pairs(members) do
    if id ~= me and member[1] < tonumber(ARGV[4]) then
        gone[#gone + 1] = id
        before = math.min(before, member[1])
    end
end
for _, id in ipairs(gone) do
    members[id] = nil
    tell('X', id)
end
if #gone > 0 then
    save()
    notify(before)
end
return {0, least(me, tonumber(ARGV[4]))}
