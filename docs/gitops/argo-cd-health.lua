-- Health of a Connection for Argo CD. Waiting for a user's consent is Suspended, never Degraded.
local status = obj.status or {}

local function condition(type)
  for _, item in ipairs(status.conditions or {}) do
    if item.type == type then
      return item
    end
  end
  return {}
end

local function health(status, message)
  return { status = status, message = message or "" }
end

local ready = condition("Ready")
if obj.spec.suspend == true then
  return health("Suspended", "spec.suspend is true")
end
if ready.status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "the operator has not observed this generation yet")
end
local stalled = condition("Stalled")
if stalled.status == "True" then
  return health("Degraded", stalled.message)
end
if ready.status == "True" then
  return health("Healthy", ready.message)
end
local authorized = condition("Authorized")
if authorized.status == "False" then
  return health("Suspended", authorized.message)
end
if ready.status == "Unknown" then
  return health("Progressing", ready.message)
end
-- Retries are Progressing while the first token is pending, and Degraded after a token has expired.
if condition("Reconciling").status == "True" and ready.reason ~= "TokenExpired" then
  return health("Progressing", ready.message)
end
return health("Degraded", ready.message)
