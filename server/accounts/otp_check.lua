-- Compares a code with the one that was sent, and uses it up: in one step, so that of many who present it one wins.
-- What is compared are keyed hashes, of which a guesser can choose neither, so the time it takes says nothing.
-- KEYS[1] the phone number's code. ARGV: keyed hash of the code presented, wrong guesses after which the code is dead.
-- Returns 1 when it was right, else 0: wrong, expired, used, dead or never sent.
local code = redis.call('HGET', KEYS[1], 'code')
if not code then
  return 0
end
if code == ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 1
end
if redis.call('HINCRBY', KEYS[1], 'wrong', 1) >= tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
end
return 0
