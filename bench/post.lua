-- Posts messages of about a hundred characters to the chats 1 to CHATS of one
-- application in a fixed, scattered order.
local token = os.getenv("TOKEN")
local chats = tonumber(os.getenv("CHATS") or "1000")
local body = '{"message":{"body":"The quick brown fox jumps over the lazy ' ..
  'dog, and then it writes a message of a hundred characters."}}'
local headers = { ["Content-Type"] = "application/json" }
local n = 0

request = function()
  n = n + 1
  local chat = (n * 7919) % chats + 1
  return wrk.format("POST", "/applications/" .. token .. "/chats/" .. chat ..
    "/messages", headers, body)
end

