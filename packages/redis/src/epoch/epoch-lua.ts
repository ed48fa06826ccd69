/**
 * The parts of the scripts that find out whether the server still holds what an instance has seen
 * of it. A script is {@link epochLua}, its own function `has_all_keys`, {@link openLua}, and its
 * operations.
 *
 * Keys: the state (a hash), the stream that is followed, the evictions and the channels without
 * entries; then those of the script. All but the first are those of one epoch.
 *
 * Arguments: operation, epoch, `durable`, the highest offset seen in that epoch and the tag of its
 * entry; then those of the operation. Every operation first compares what the server holds with
 * them, and returns `epoch` if data were lost or may have been:
 * - the epoch, all keys, the highest offset seen and the tag of its entry;
 * - the server's run id and replication id. A new run id is accepted where a restart loses nothing,
 *   and where the keys were moved to another node of a Cluster. A new replication id is accepted
 *   unless the server was promoted, because a first replica changes it as well.
 */
export const epochLua: string = `
local meta, log, evicted, emptied = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local operation, epoch, durable, seen, seen_tag = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local call = redis.call
local state = call('HMGET', meta, 'epoch', 'run', 'head', 'floor', 'floorSerial', 'tag', 'replid', 'node', 'format')
local head, head_tag = tonumber(state[3] or nil) or -1, state[6]
local floor_through, floor_serial = tonumber(state[4] or 0), tonumber(state[5] or 0)

local function digits(number) return string.format('%d', number) end
local function id(offset) return string.format('%d-0', offset) end

local function stored_at(offset)
  return call('XRANGE', log, id(offset), id(offset))[1]
end

local function fields_of(stored)
  local fields = {}
  for i = 1, #stored[2], 2 do fields[stored[2][i]] = stored[2][i + 1] end
  return fields
end

local function is_same_entry(offset, tag)
  if tag == '' or offset < 1 then return true end
  if offset == head then return not head_tag or head_tag == tag end
  local stored = stored_at(offset)
  local own = stored and fields_of(stored).t
  return not own or own == tag
end

local function offset_of(stored) return tonumber(string.match(stored[1], '^%d+')) end

local function tag_before_first(entries)
  local stored = #entries > 0 and stored_at(offset_of(entries[1]) - 1)
  return stored and fields_of(stored).t or ''
end

local replication = call('INFO', 'replication')
local replid = string.match(replication, 'master_replid:(%w+)') or ''
local never_promoted = string.match(replication, 'master_replid2:(%w*)') == string.rep('0', 40)

local function node_id()
  if not string.find(call('INFO', 'cluster'), 'cluster_enabled:1', 1, true) then return '' end
  local node = redis.pcall('CLUSTER', 'MYID')
  return type(node) == 'string' and node or ''
end

local function adopt_server(run)
  call('HSET', meta, 'run', run, 'replid', replid, 'node', node_id())
end

local function is_same_server()
  if replid ~= '' and state[7] == replid then return true end
  local run = string.match(call('INFO', 'server'), 'run_id:(%w+)')
  local node = node_id()
  local is_same = run == state[2] and (never_promoted or not state[7] or replid == '')
  local has_restarted = run ~= state[2] and node == (state[8] or '')
  local keeps_all = durable == '1' or (durable == 'auto' and never_promoted and node == '')
  local was_moved = node ~= '' and (state[8] or '') ~= '' and node ~= state[8] and never_promoted
  if not (is_same or (has_restarted and keeps_all) or was_moved) then return false end
  adopt_server(run)
  return true
end

local function drop_foreign()
  local foreign = call('XRANGE', log, '(' .. id(head), '+', 'COUNT', 100)
  if #foreign == 0 then return end
  for _, stored in ipairs(foreign) do call('XDEL', log, stored[1]) end
  redis.pcall('XSETID', log, id(head))
end

local function parse_eviction(stored)
  local through, serial = string.match(stored or '', '^(%d+) (%d+)$')
  return tonumber(through or 0), tonumber(serial or 0)
end

local function eviction_of(channel)
  return parse_eviction(call('HGET', evicted, channel))
end

local function forget_oldest()
  local channel = call('ZRANGE', emptied, 0, 0)[1]
  local through, serial = eviction_of(channel)
  floor_through, floor_serial = math.max(through, floor_through), math.max(serial, floor_serial)
  call('HSET', meta, 'floor', digits(floor_through), 'floorSerial', digits(floor_serial))
  call('HDEL', evicted, channel)
  call('ZREM', emptied, channel)
end

local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** Begins or confirms an epoch, and ends every operation of another one. */
export const openLua: string = `
local function is_sound()
  if head < 0 or not has_all_keys() then return false end
  if head < seen or not is_same_entry(seen, seen_tag) then return false end
  return is_same_server()
end

if string.find(replication, 'role:slave', 1, true) then return {'replica'} end

if operation == 'open' then
  local next_epoch, is_left = ARGV[6], ARGV[7] == '1'
  local memory = call('INFO', 'memory')
  local policy = string.match(memory, 'maxmemory_policy:(%S+)') or ''
  if string.find(memory, 'maxmemory:0%s') then policy = '' end
  if state[1] and state[1] ~= epoch then return {'other', state[1]} end
  if state[1] and not is_left and is_sound() then return {'ok', epoch, head, head_tag or '', policy} end
  if epoch ~= '' then
    if call('EXISTS', log) == 1 then
      call('XTRIM', log, 'MAXLEN', 0)
      redis.pcall('XADD', log, id(math.max(head, 0) + 1), 'end', '1')
      call('EXPIRE', log, 60)
    end
    call('UNLINK', meta, unpack(KEYS, 3))
  end
  call('HSET', meta, 'epoch', next_epoch, 'head', 0, 'evictions', 0)
  adopt_server(string.match(call('INFO', 'server'), 'run_id:(%w+)'))
  return {'ok', next_epoch, 0, '', policy}
end

if state[1] ~= epoch or not is_sound() then return {'epoch'} end
`;
