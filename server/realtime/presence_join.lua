-- Notes that a node holds sockets of a user.
-- KEYS[1] the user's presence: a hash of node id to the time (ms) until which that is believed
-- ARGV[1] node id, ARGV[2] how long it is believed, ms
-- Returns 1 when the user was offline before, else 0.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local before = 0
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  if tonumber(entries[i + 1]) > now then
    before = before + 1
  else
    redis.call('HDEL', KEYS[1], entries[i])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], now + tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return before == 0 and 1 or 0
