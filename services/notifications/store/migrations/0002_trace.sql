-- The W3C trace of what wrote each notification: sending it, minutes or days later, is a part of that trace.
ALTER TABLE notifications ADD COLUMN traceparent text;
