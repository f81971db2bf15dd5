-- For wrk: sends the requests of a file (its argument) in turn, compares each answer with the expected one, byte by byte.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  dofile(arguments[1])
  sent, wrong, failed = 0, 0, 0
end

function request()
  sent = sent + 1
  local one = REQUESTS[sent * 7919 % #REQUESTS + 1]
  return wrk.format("POST", one.path, { ["Content-Type"] = "application/json" }, one.body)
end

-- Answers of several connections come in any order; the id of their first record tells which they are.
function response(status, _, body)
  local name = string.match(body, 'id\\?":\\?"L(%d+)')
  if status >= 500 then failed = failed + 1 end
  if status ~= 200 or name == nil or REQUESTS[tonumber(name)].answer ~= body then wrong = wrong + 1 end
end

function done(summary, latency, _)
  local odd, bad = 0, 0
  for _, thread in ipairs(threads) do
    odd, bad = odd + thread:get("wrong"), bad + thread:get("failed")
  end
  local lost = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration, odd, bad,
    lost.connect + lost.read + lost.write + lost.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
