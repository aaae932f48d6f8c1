-- Takes tokens from a bucket, or puts them back, in one step.
-- The key holds the time at which the bucket is full again, in microseconds of Redis' own clock (GCRA):
-- a full bucket needs no key, so idle ones vanish by themselves.
-- KEYS[1] bucket. ARGV: microseconds for one token, tokens in a full bucket, tokens to take (below 0: to put back).
-- Returns 0, or the microseconds after which the tokens will be there; then nothing was taken.
local interval, burst, tokens = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + tokens * interval
local wait = full - now - burst * interval
if wait > 0 then
  return math.ceil(wait)
end
if full <= now then
  redis.call('DEL', KEYS[1])
else
  -- Written out in all its 16 digits, whatever a server's own conversion keeps.
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
return 0
