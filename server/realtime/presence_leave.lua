-- Notes that a node holds no socket of a user any more.
-- KEYS[1] the user's presence, ARGV[1] node id
-- Returns 1 when the user is offline now, else 0.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HDEL', KEYS[1], ARGV[1])
for _, believed in ipairs(redis.call('HVALS', KEYS[1])) do
  if tonumber(believed) > now then
    return 0
  end
end
return 1
