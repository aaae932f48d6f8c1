-- For a test: the key and the first argument, or an error without one.
return KEYS[1] .. '=' .. ARGV[1]
