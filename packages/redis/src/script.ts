/**
 * All operations on the log's data in Redis, as one script, so that each operation is atomic and
 * loading one loads all.
 *
 * Keys: the state of the log (a hash), and for one epoch: the stream, the index, the times of
 * expiry, the evictions and the emptied channels; for `append` also an idempotency key.
 * - The stream holds the order. The ids are `<offset>-0`, without holes when they are assigned. It
 *   also keeps, for followers, the newest entries that no channel counts any more; readers do not
 *   see those.
 * - The index is a sorted set of `<length>:<channel><offset>`: the entries held, by channel. All
 *   scores are 0, so its order is that of the bytes.
 * - The evictions of a channel are its highest evicted offset and the serial number of its last
 *   eviction, `<through> <serial>`. Beyond 10,000 channels without entries those that were emptied
 *   first share one floor.
 *
 * Arguments: operation, epoch, whether the engine is durable, the highest offset seen in that
 * epoch; then those of the operation. Every operation first makes sure that this is the epoch, in a
 * server that has not been restarted since and has not lost an offset that was seen; if not, it
 * returns `epoch`.
 *
 * It is written for Redis 6.2: `XADD` is the first write, because a server without memory refuses
 * there, before anything is changed.
 */
export const script = `
local meta, log, index, expiries, evicted, emptied = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local operation, epoch, durable, seen = ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
local call = redis.call
local state = call('HMGET', meta, 'epoch', 'run', 'head', 'floor', 'floorSerial')
local head = tonumber(state[3] or nil) or -1
local floor_through, floor_serial = tonumber(state[4] or 0), tonumber(state[5] or 0)

local function same_run()
  return durable or string.find(call('INFO', 'server'), 'run_id:' .. (state[2] or '?'), 1, true) ~= nil
end

local function sound()
  return head >= 0 and not (state[1] == epoch and head < seen) and same_run()
end

local function digits(number) return string.format('%d', number) end
local function id(offset) return string.format('%d-0', offset) end
local function member(channel, offset) return #channel .. ':' .. channel .. string.format('%016d', offset) end
local function offset_of(indexed) return tonumber(string.sub(indexed, -16)) end

local function after_and_through(channel, after, through)
  return '(' .. member(channel, after), '[' .. member(channel, through)
end

local function is_empty(channel)
  local after, through = after_and_through(channel, 0, head)
  return #call('ZRANGEBYLEX', index, after, through, 'LIMIT', 0, 1) == 0
end

local function stored_at(offset)
  return call('XRANGE', log, id(offset), id(offset))[1]
end

local function audience_of(offset)
  local stored = stored_at(offset)
  if not stored then return nil end
  local fields = {}
  for i = 1, #stored[2], 2 do fields[stored[2][i]] = stored[2][i + 1] end
  return cjson.decode(fields.c), cjson.decode(fields.n)
end

local function is_held(offset, channels)
  return call('ZSCORE', index, member(channels[1], offset)) ~= false
end

local function is_counted(offset, channels, limits)
  for i, channel in ipairs(channels) do
    local after, through = after_and_through(channel, offset, head)
    if limits[i] == 0 or call('ZLEXCOUNT', index, after, through) < limits[i] then return true end
  end
  return false
end

local function eviction_of(channel)
  local through, serial = string.match(call('HGET', evicted, channel) or '', '^(%d+) (%d+)$')
  return tonumber(through or 0), tonumber(serial or 0)
end

local function forget_oldest()
  local channel = call('ZRANGE', emptied, 0, 0)[1]
  local through, serial = eviction_of(channel)
  floor_through, floor_serial = math.max(through, floor_through), math.max(serial, floor_serial)
  call('HSET', meta, 'floor', digits(floor_through), 'floorSerial', digits(floor_serial))
  call('HDEL', evicted, channel)
  call('ZREM', emptied, channel)
end

local function evict(offset, channels)
  local serial = call('HINCRBY', meta, 'evictions', 1)
  for _, channel in ipairs(channels) do
    call('ZREM', index, member(channel, offset))
    local through = math.max(offset, (eviction_of(channel)))
    call('HSET', evicted, channel, string.format('%d %d', through, serial))
    if is_empty(channel) then
      call('ZADD', emptied, serial, channel)
      if call('ZCARD', emptied) > 10000 then forget_oldest() end
    end
  end
end

local function delete(offset)
  call('XDEL', log, id(offset))
  call('ZREM', expiries, id(offset))
end

local function evict_and_delete(offset)
  local channels = audience_of(offset)
  if channels and is_held(offset, channels) then evict(offset, channels) end
  delete(offset)
end

local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function expire(most)
  local due = call('ZRANGEBYSCORE', expiries, '-inf', digits(now()), 'LIMIT', 0, most)
  for _, stored in ipairs(due) do evict_and_delete(tonumber(string.match(stored, '^%d+'))) end
  return #due == most
end

if operation == 'open' then
  if state[1] and sound() then return {'ok', state[1], head} end
  if state[1] and state[1] ~= epoch then return {'other', state[1]} end
  if state[1] then
    call('XTRIM', log, 'MAXLEN', 0)
    redis.pcall('XADD', log, id(math.max(head, 0) + 1), 'end', '1')
    call('EXPIRE', log, 60)
    call('UNLINK', meta, index, expiries, evicted, emptied)
  end
  local run = string.match(call('INFO', 'server'), 'run_id:(%w+)')
  call('HSET', meta, 'epoch', ARGV[5], 'run', run, 'head', 0, 'evictions', 0)
  return {'ok', ARGV[5], 0}
end

if state[1] ~= epoch or not sound() then return {'epoch'} end

if operation == 'head' then
  expire(100)
  return {'ok', head}
end

if operation == 'append' then
  local max_events, tail, age = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  local digest, window = ARGV[8], ARGV[9]
  local channels, limits = cjson.decode(ARGV[11]), cjson.decode(ARGV[13])
  if digest ~= '' then
    local known, offset = string.match(call('GET', KEYS[7]) or '', '^(%x+) (%d+)$')
    if known == digest then return {'repeated', tonumber(offset)} end
    if known then return {'conflict'} end
  end

  local offset = head + 1
  local added = redis.pcall('XADD', log, id(offset), unpack(ARGV, 10))
  if type(added) == 'table' and added.err then return {'refused', added.err} end
  head = offset
  call('HSET', meta, 'head', digits(offset))
  if digest ~= '' then call('SET', KEYS[7], string.format('%s %d', digest, offset), 'PX', window) end
  if age > 0 then call('ZADD', expiries, digits(now() + age), id(offset)) end

  for i, channel in ipairs(channels) do
    if call('ZREM', emptied, channel) == 0 and floor_serial > 0 and is_empty(channel) then
      call('HSETNX', evicted, channel, string.format('%d %d', floor_through, floor_serial))
    end
    local own = member(channel, offset)
    call('ZADD', index, 0, own)
    local limit = limits[i]
    local rank = limit > 0 and call('ZRANK', index, own) or -1
    local displaced = rank >= limit and call('ZRANGE', index, rank - limit, rank - limit)[1]
    if displaced and string.sub(displaced, 1, -17) == string.sub(own, 1, -17) then
      local old = offset_of(displaced)
      local its_channels, its_limits = audience_of(old)
      if its_channels and not is_counted(old, its_channels, its_limits) then
        evict(old, its_channels)
        if old <= offset - tail then delete(old) end
      end
    end
  end

  local leaving = offset - tail
  local its_channels = leaving > 0 and audience_of(leaving)
  if its_channels and not is_held(leaving, its_channels) then delete(leaving) end
  for _ = 1, 100 do
    if max_events == 0 or call('XLEN', log) <= max_events then break end
    evict_and_delete(tonumber(string.match(call('XRANGE', log, '-', '+', 'COUNT', 1)[1][1], '^%d+')))
  end
  expire(100)
  return {'ok', offset}
end

local mode, through, limit, since = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local max_bytes = tonumber(ARGV[10])
if expire(1000) then return {'again'} end

local function newest_start(count)
  local newest = {}
  for i = 11, #ARGV do
    local after, last = after_and_through(ARGV[i], 0, through)
    for _, found in ipairs(call('ZREVRANGEBYLEX', index, last, after, 'LIMIT', 0, count)) do
      newest[offset_of(found)] = true
    end
  end
  local ordered = {}
  for offset in pairs(newest) do table.insert(ordered, offset) end
  table.sort(ordered)
  local oldest = ordered[math.max(1, #ordered - count + 1)]
  return (count == 0 or not oldest) and through or oldest - 1
end

local function has_evicted(after)
  for i = 11, #ARGV do
    local evicted_through, serial = eviction_of(ARGV[i])
    if serial == 0 and floor_serial > 0 and is_empty(ARGV[i]) then
      evicted_through, serial = floor_through, floor_serial
    end
    if evicted_through > after and serial > since then return true end
  end
  return false
end

local asked = tonumber(ARGV[6])
if mode == 'last' then asked = newest_start(asked) end
local known = mode ~= 'oldest' and asked <= head
local after = known and asked or 0

local channel_count = math.max(1, #ARGV - 10)
local chunk = math.min(limit, math.max(32, math.ceil(1024 / channel_count)))
local scanned = math.max(through, after)
local matching = {}
for i = 11, #ARGV do
  local from, to = after_and_through(ARGV[i], after, through)
  local found = call('ZRANGEBYLEX', index, from, to, 'LIMIT', 0, chunk)
  for _, indexed in ipairs(found) do matching[offset_of(indexed)] = true end
  if #found == chunk then scanned = math.min(scanned, offset_of(found[chunk])) end
end
local offsets = {}
for offset in pairs(matching) do
  if offset <= scanned then table.insert(offsets, offset) end
end
table.sort(offsets)

local entries, bytes = {}, 0
for _, offset in ipairs(offsets) do
  local entry = stored_at(offset)
  if not entry then return {'damaged', id(offset)} end
  for _, field in ipairs(entry[2]) do bytes = bytes + #field end
  if #entries > 0 and (#entries == limit or bytes > max_bytes) then break end
  table.insert(entries, entry)
end
if #entries < #offsets then scanned = offsets[#entries] end

local gap = 0
if mode ~= 'last' then gap = not known and 2 or has_evicted(after) and 1 or 0 end
local resumes_after = offsets[1] and offsets[1] - 1 or scanned
return {'ok', scanned, call('HGET', meta, 'evictions'), gap, resumes_after, entries}
`;
