import { epochLua, openLua } from "../epoch/epoch-lua.js";

/**
 * All operations on the runs' data in Redis, as one script.
 *
 * Keys, after those of {@link epochLua}: the runs that are held, and the times at which they are
 * due; for `append` and `read` also the stream of the run.
 * - Each run has a stream of its own, which Redis deletes when the run's time has passed. The ids
 *   are `<offset>-0` in the one order of all runs.
 * - The stream that is followed holds copies of the newest entries of all runs, and nothing a
 *   minute after the last one.
 * - A run is held as `<newest offset> <number of entries> <tag>`. A run whose stream has another
 *   number of entries was deleted, or changed by another program, and is released as a whole: it
 *   counts as evicted from then on.
 * - The runs that are held and the evictions contain `!`, so that a missing key is a lost one.
 *
 * It is written for Redis 6.2. `XADD` is the first write of `append`, because a server without
 * memory refuses there, before anything is changed.
 */
export const runScript: string = `
${epochLua}
local held, due = KEYS[5], KEYS[6]

local function has_all_keys()
  if state[9] then return call('EXISTS', held, evicted) == 2 end
  if head == 0 then
    call('HSET', held, '!', '')
    call('HSET', evicted, '!', '0 0')
    call('HSET', meta, 'format', '1')
  end
  return true
end

${openLua}

local function release(run)
  local newest = string.match(call('HGET', held, run) or '', '^%d+')
  call('ZREM', due, run)
  if not newest then return end
  call('HDEL', held, run)
  local serial = call('HINCRBY', meta, 'evictions', 1)
  call('HSET', evicted, run, newest .. ' ' .. digits(serial))
  call('ZADD', emptied, serial, run)
  if call('ZCARD', emptied) > 10000 then forget_oldest() end
end

local function release_due()
  local runs = call('ZRANGEBYSCORE', due, '-inf', '(' .. digits(now()), 'LIMIT', 0, 100)
  for _, run in ipairs(runs) do release(run) end
end

if operation == 'head' then
  release_due()
  drop_foreign()
  return {'ok', head, head_tag or ''}
end

local run, stream = ARGV[6], KEYS[7]

local function newest_of()
  local offset, count, tag = string.match(call('HGET', held, run) or '', '^(%d+) (%d+) (%w*)$')
  if offset and call('XLEN', stream) == tonumber(count) then return tonumber(offset), tonumber(count), tag end
  if offset then release(run) end
  return nil, 0, ''
end

local newest, count, newest_tag = newest_of()

if operation == 'append' then
  local after, after_tag, ttl, i = tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9]), 10
  if after ~= (newest or 0) or (after_tag ~= '' and after_tag ~= newest_tag) then return {'conflict'} end
  if not newest and call('XLEN', stream) > 0 then call('UNLINK', stream) end

  local first = head + 1
  while i <= #ARGV do
    local offset, last, bytes = head + 1, i + tonumber(ARGV[i]), 0
    for field = i + 1, last do bytes = bytes + #ARGV[field] end
    local added = redis.pcall('XADD', stream, id(offset), unpack(ARGV, i + 3, last))
    if type(added) == 'table' and added.err then return {'refused', added.err} end
    local length = math.min(10000, math.max(100, math.floor(4194304 / bytes)))
    local function copy()
      return redis.pcall('XADD', log, 'MAXLEN', '~', digits(length), id(offset), unpack(ARGV, i + 1, last))
    end
    local copied = copy()
    if type(copied) == 'table' and copied.err then
      call('UNLINK', log)
      copy()
    end
    head, head_tag, count, i = offset, ARGV[i + 4], count + 1, last + 1
  end

  local deadline = digits(now() + ttl)
  call('PEXPIREAT', stream, deadline)
  call('EXPIRE', log, 60)
  call('HSET', meta, 'head', digits(head), 'tag', head_tag)
  call('HSET', held, run, string.format('%d %d %s', head, count, head_tag))
  call('ZADD', due, deadline, run)
  if not newest and call('ZREM', emptied, run) == 0 and floor_serial > 0 then
    call('HSETNX', evicted, run, string.format('%d %d', floor_through, floor_serial))
  end
  release_due()
  return {'ok', first}
end

local mode, through, limit, since = ARGV[7], tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local max_bytes = tonumber(ARGV[13])
local function is_known(offset, tag)
  if offset > head or not is_same_entry(offset, tag) then return false end
  local stored = tag ~= '' and call('XRANGE', stream, id(offset), id(offset))[1]
  return not stored or fields_of(stored).t == tag
end

local function start_of_last(left)
  local start = through
  while left > 0 do
    local found = call('XREVRANGE', stream, id(start), '-', 'COUNT', math.min(left, 64))
    if #found == 0 then break end
    start, left = offset_of(found[#found]) - 1, left - #found
  end
  return start
end

local asked = tonumber(ARGV[8])
if mode == 'last' then asked = start_of_last(asked) end
local known = mode ~= 'oldest' and is_known(asked, ARGV[9])
local after = known and asked or 0

local entries, bytes, is_full = {}, 0, false
local from, chunk = after, newest and math.min(8, limit + 1) or 0
while chunk > 0 and not is_full do
  local found = call('XRANGE', stream, id(from + 1), id(through), 'COUNT', chunk)
  for _, entry in ipairs(found) do
    for _, field in ipairs(entry[2]) do bytes = bytes + #field end
    is_full = #entries > 0 and (#entries == limit or bytes > max_bytes)
    if is_full then break end
    table.insert(entries, entry)
  end
  if #found < chunk then break end
  from = offset_of(found[#found])
  chunk = math.max(1, math.min(128, limit + 1 - #entries, math.floor((max_bytes - bytes) * #entries / bytes)))
end
local scanned = is_full and offset_of(entries[#entries]) or math.max(through, after)

local evicted_through, serial = eviction_of(run)
if serial == 0 and not newest then evicted_through, serial = floor_through, floor_serial end
local is_lost = mode ~= 'last' and known and evicted_through > after and serial > since
local evictions, lost = call('HGET', meta, 'evictions'), is_lost and {run} or {}
return {'ok', scanned, evictions, known and 1 or 0, lost, {}, entries, tag_before_first(entries)}
`;
