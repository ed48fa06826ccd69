import { epochLua, openLua } from "./epoch/epoch-lua.js";

/**
 * All operations on the log's data in Redis, as one script, so that each operation is atomic and
 * loading one loads all.
 *
 * Keys, after those of {@link epochLua}: the index and the times of expiry; for `append` also an
 * idempotency key.
 * - The stream holds the order. The ids are `<offset>-0`, without holes when they are assigned. It
 *   also keeps, for followers, the newest entries that no channel counts any more; readers do not
 *   see those.
 * - The index is a sorted set of `<length>:<channel><offset>`: the entries held, by channel. All
 *   scores are 0, so its order is that of the bytes.
 * - The evictions of a channel are its highest evicted offset and the serial number of its last
 *   eviction, `<through> <serial>`. Beyond 10,000 channels without entries those that were emptied
 *   first share one floor. An entry that is indexed and no longer stored counts as evicted when a
 *   read finds it.
 * - The index and the evictions contain `!`, so that a missing key is a lost one.
 *
 * It is written for Redis 6.2. `XADD` is the first write of `append`, because a server without
 * memory refuses there, before anything is changed.
 */
export const script: string = `
${epochLua}
local index, expiries = KEYS[5], KEYS[6]

local function has_all_keys()
  if state[9] then return call('EXISTS', log, index, evicted) >= (head > 0 and 3 or 2) end
  if head == 0 then
    call('ZADD', index, 0, '!')
    call('HSET', evicted, '!', '0 0')
    call('HSET', meta, 'format', '2')
  end
  return true
end

${openLua}

local function member(channel, offset) return #channel .. ':' .. channel .. string.format('%016d', offset) end
local function offset_in_index(indexed) return tonumber(string.sub(indexed, -16)) end

local function after_and_through(channel, after, through)
  return '(' .. member(channel, after), '[' .. member(channel, through)
end

local function is_empty(channel)
  local after, through = after_and_through(channel, 0, head)
  return #call('ZRANGEBYLEX', index, after, through, 'LIMIT', 0, 1) == 0
end

local function audience_of(offset)
  local stored = stored_at(offset)
  local fields = stored and fields_of(stored)
  if not (fields and fields.c and fields.n) then return nil end
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

local function expire(most)
  local due = call('ZRANGEBYSCORE', expiries, '-inf', digits(now()), 'LIMIT', 0, most)
  for _, stored in ipairs(due) do evict_and_delete(tonumber(string.match(stored, '^%d+'))) end
  return #due == most
end

if operation == 'head' then
  expire(100)
  drop_foreign()
  return {'ok', head, head_tag or ''}
end

if operation == 'append' then
  local max_events, tail, age = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
  local digest, window, tag = ARGV[9], ARGV[10], ARGV[11]
  local channels, limits = cjson.decode(ARGV[13]), cjson.decode(ARGV[15])
  if digest ~= '' then
    local known, offset, its_tag = string.match(call('GET', KEYS[7]) or '', '^(%x+) (%d+) ?(%w*)$')
    if known == digest then return {'repeated', tonumber(offset), its_tag} end
    if known then return {'conflict'} end
  end

  local offset = head + 1
  local function add() return redis.pcall('XADD', log, id(offset), unpack(ARGV, 12)) end
  local added = add()
  if type(added) == 'table' and added.err and string.find(added.err, 'equal or smaller', 1, true) then
    drop_foreign()
    added = add()
  end
  if type(added) == 'table' and added.err then return {'refused', added.err} end
  head = offset
  call('HSET', meta, 'head', digits(offset), 'tag', tag)
  if digest ~= '' then call('SET', KEYS[7], string.format('%s %d %s', digest, offset, tag), 'PX', window) end
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
      local old = offset_in_index(displaced)
      local its_channels, its_limits = audience_of(old)
      if not its_channels then
        evict(old, {channel})
      elseif not is_counted(old, its_channels, its_limits) then
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
    local oldest = call('XRANGE', log, '-', '+', 'COUNT', 1)[1][1]
    local own = string.match(oldest, '^(%d+)%-0$')
    if own then evict_and_delete(tonumber(own)) else call('XDEL', log, oldest) end
  end
  expire(100)
  return {'ok', offset, tag}
end

local mode, through, limit, since = ARGV[6], tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local max_bytes, others, first_channel = tonumber(ARGV[12]), cjson.decode(ARGV[13]), 14
local channel_count = #ARGV - first_channel + 1
if expire(1000) then return {'again'} end

local function newest_start(count)
  local newest = {}
  for i = first_channel, #ARGV do
    local after, last = after_and_through(ARGV[i], 0, through)
    for _, found in ipairs(call('ZREVRANGEBYLEX', index, last, after, 'LIMIT', 0, count)) do
      newest[offset_in_index(found)] = true
    end
  end
  local ordered = {}
  for offset in pairs(newest) do table.insert(ordered, offset) end
  table.sort(ordered)
  local oldest = ordered[math.max(1, #ordered - count + 1)]
  return (count == 0 or not oldest) and through or oldest - 1
end

local function evicted_channels(after)
  local found = {}
  for first = first_channel, #ARGV, 500 do
    local last = math.min(first + 499, #ARGV)
    local stored = call('HMGET', evicted, unpack(ARGV, first, last))
    for i = first, last do
      local evicted_through, serial = parse_eviction(stored[i - first + 1])
      local by_floor = serial == 0 and floor_serial > since and floor_through > after and is_empty(ARGV[i])
      if by_floor or (evicted_through > after and serial > since) then table.insert(found, ARGV[i]) end
    end
  end
  return found
end

local function is_known(offset, tag) return offset <= head and is_same_entry(offset, tag) end

local asked = tonumber(ARGV[7])
if mode == 'last' then asked = newest_start(asked) end
local known = mode ~= 'oldest' and is_known(asked, ARGV[8])
local after = known and asked or 0
local known_others = {}
for i, other in ipairs(others) do
  if is_known(other[1], other[2]) then table.insert(known_others, i) end
end

local matching, more = {}, {}
local function collect(channel, from, count)
  local first, last = after_and_through(channel, from, through)
  local found = call('ZRANGEBYLEX', index, first, last, 'LIMIT', 0, count)
  for _, indexed in ipairs(found) do matching[offset_in_index(indexed)] = channel end
  more[channel] = #found == count and offset_in_index(found[count]) or nil
end

local function scanned_through()
  local scanned, channel = math.max(through, after), nil
  for its_channel, last in pairs(more) do
    if last < scanned then scanned, channel = last, its_channel end
  end
  local offsets = {}
  for offset in pairs(matching) do
    if offset <= scanned then table.insert(offsets, offset) end
  end
  return scanned, offsets, channel
end

local chunk = math.min(limit, math.max(4, math.ceil(1024 / math.max(1, channel_count))))
for i = first_channel, #ARGV do collect(ARGV[i], after, chunk) end
local scanned, offsets, partial = scanned_through()
for _ = 1, 16 do
  if not partial or #offsets >= limit then break end
  collect(partial, scanned, limit)
  scanned, offsets, partial = scanned_through()
end
table.sort(offsets)

local entries, bytes, has_lost, is_full = {}, 0, false, false
for _, offset in ipairs(offsets) do
  local entry = stored_at(offset)
  if not entry then
    evict(offset, {matching[offset]})
    has_lost = true
  elseif not is_full then
    for _, field in ipairs(entry[2]) do bytes = bytes + #field end
    is_full = #entries > 0 and (#entries == limit or bytes > max_bytes)
    if not is_full then table.insert(entries, entry) end
  end
  if is_full and not has_lost then break end
end
if has_lost then return {'again'} end
if #entries < #offsets then scanned = offsets[#entries] end

local lost = mode ~= 'last' and known and evicted_channels(after) or {}
return {'ok', scanned, call('HGET', meta, 'evictions'), known and 1 or 0, lost, known_others, entries, tag_before_first(entries)}
`;
