-- ARGV[4] the slots.
local moved = move(ARGV[4])
local seq = tell('B', moved)
await(seq)
return {0, seq, least(me, seq), head[6], moved}
