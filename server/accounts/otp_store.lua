-- Puts a phone number's new code in the place of an older one, with no wrong guesses counted yet.
-- KEYS[1] the phone number's code. ARGV: keyed hash of the code, lifetime in milliseconds.
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'code', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
