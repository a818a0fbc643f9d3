-- What each daemon may do: the least that its work needs. Run with the
-- database as the default one, after the migrations, as often as you like; the
-- users exist already (with passwords of your own choice).

GRANT SELECT ON * TO 'confab_api'@'%';
GRANT INSERT, UPDATE ON applications TO 'confab_api'@'%';
GRANT UPDATE ON messages TO 'confab_api'@'%';
GRANT INSERT, UPDATE, DELETE ON outbox TO 'confab_api'@'%';
GRANT INSERT, UPDATE ON numbering TO 'confab_api'@'%';
GRANT INSERT, UPDATE, DELETE ON allocators TO 'confab_api'@'%';
GRANT INSERT, UPDATE, DELETE ON voids TO 'confab_api'@'%';

GRANT SELECT ON * TO 'confab_persister'@'%';
GRANT INSERT, UPDATE ON chats TO 'confab_persister'@'%';
GRANT INSERT, UPDATE ON messages TO 'confab_persister'@'%';
GRANT INSERT, UPDATE, DELETE ON voids TO 'confab_persister'@'%';
GRANT INSERT, UPDATE ON dead_letters TO 'confab_persister'@'%';
GRANT INSERT, UPDATE ON idempotency TO 'confab_persister'@'%';
GRANT UPDATE ON numbering TO 'confab_persister'@'%';
GRANT INSERT, UPDATE ON progress TO 'confab_persister'@'%';

GRANT SELECT ON * TO 'confab_indexer'@'%';
GRANT INSERT, UPDATE ON dead_letters TO 'confab_indexer'@'%';
GRANT INSERT, UPDATE ON progress TO 'confab_indexer'@'%';

GRANT SELECT ON * TO 'confab_counter'@'%';
GRANT UPDATE ON applications TO 'confab_counter'@'%';
GRANT UPDATE ON chats TO 'confab_counter'@'%';
GRANT INSERT, UPDATE, DELETE ON dirty_chats TO 'confab_counter'@'%';
GRANT INSERT, UPDATE ON dead_letters TO 'confab_counter'@'%';
GRANT INSERT, UPDATE ON progress TO 'confab_counter'@'%';
