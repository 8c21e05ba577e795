CREATE TABLE IF NOT EXISTS people (
  id TEXT PRIMARY KEY, given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  email TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('instructor', 'assistant', 'student'))
) STRICT;
CREATE TABLE IF NOT EXISTS sign_ins (
  token_hash TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id),
  csrf TEXT NOT NULL, signed_in_at REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS quizzes (
  id INTEGER PRIMARY KEY, course_id TEXT NOT NULL, title TEXT NOT NULL, intro TEXT NOT NULL,
  layout TEXT NOT NULL CHECK (layout IN ('paged', 'single')),
  time_limit_s INTEGER NOT NULL, access_code TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, quiz_id INTEGER NOT NULL REFERENCES quizzes (id),
  person_id TEXT NOT NULL REFERENCES people (id), number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'handed-in')),
  started_at REAL NOT NULL, ends_at REAL NOT NULL, handed_in_at REAL,
  handed_in_by TEXT CHECK (handed_in_by IN ('candidate', 'time')),
  UNIQUE (quiz_id, person_id, number)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_running_attempt
  ON attempts (quiz_id, person_id) WHERE state = 'running';
CREATE TABLE IF NOT EXISTS answers (
  attempt_id INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
  question INTEGER NOT NULL, answer TEXT NOT NULL, saved_at REAL NOT NULL,
  PRIMARY KEY (attempt_id, question)
) STRICT, WITHOUT ROWID;
-- The access code was given in this browser. Like Moodle's, the pass ends with the attempt.
CREATE TABLE IF NOT EXISTS code_passes (
  sign_in TEXT NOT NULL REFERENCES sign_ins (token_hash) ON DELETE CASCADE,
  quiz_id INTEGER NOT NULL REFERENCES quizzes (id), PRIMARY KEY (sign_in, quiz_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS signing_keys (
  kid TEXT PRIMARY KEY, jwk TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired')), changed_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tools (
  client_id TEXT PRIMARY KEY, deployment_id TEXT NOT NULL, name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active')),
  login_url TEXT NOT NULL, launch_url TEXT NOT NULL, deep_link_url TEXT NOT NULL,
  jwks_url TEXT NOT NULL, redirect_uris TEXT NOT NULL, scopes TEXT NOT NULL, custom TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS links (
  id TEXT PRIMARY KEY, course_id TEXT NOT NULL,
  client_id TEXT NOT NULL REFERENCES tools (client_id) ON DELETE CASCADE,
  title TEXT NOT NULL, description TEXT NOT NULL, url TEXT NOT NULL, custom TEXT NOT NULL,
  quiz_id INTEGER REFERENCES quizzes (id),
  display TEXT NOT NULL CHECK (display IN ('window', 'iframe'))
) STRICT;
-- One started launch: what lti_message_hint stands for. `link_id` is NULL for deep linking.
CREATE TABLE IF NOT EXISTS launches (
  hint_hash TEXT PRIMARY KEY, sign_in TEXT NOT NULL REFERENCES sign_ins (token_hash) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES tools (client_id) ON DELETE CASCADE,
  link_id TEXT REFERENCES links (id) ON DELETE CASCADE,
  quiz_id INTEGER, display TEXT NOT NULL, expires_at REAL NOT NULL, used_at REAL
) STRICT;
-- One request to pick content: what deep_linking_settings.data stands for.
CREATE TABLE IF NOT EXISTS deep_links (
  data_hash TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES tools (client_id) ON DELETE CASCADE,
  course_id TEXT NOT NULL, quiz_id INTEGER, display TEXT NOT NULL, expires_at REAL NOT NULL, used_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS registration_tokens (
  token_hash TEXT PRIMARY KEY, expires_at REAL NOT NULL, used_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS access_tokens (
  token_hash TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES tools (client_id) ON DELETE CASCADE,
  scopes TEXT NOT NULL, expires_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS seen_tokens (
  issuer TEXT NOT NULL, identifier TEXT NOT NULL, expires_at REAL NOT NULL,
  PRIMARY KEY (issuer, identifier)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id TEXT NOT NULL REFERENCES tools (client_id) ON DELETE CASCADE, course_id TEXT NOT NULL,
  link_id TEXT REFERENCES links (id) ON DELETE CASCADE,
  label TEXT NOT NULL, score_maximum REAL NOT NULL, resource_id TEXT NOT NULL, tag TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS scores (
  line_item_id INTEGER NOT NULL REFERENCES line_items (id) ON DELETE CASCADE,
  person_id TEXT NOT NULL REFERENCES people (id), score_given REAL, score_maximum REAL,
  comment TEXT NOT NULL, reported_at REAL NOT NULL, timestamp TEXT NOT NULL,
  activity_progress TEXT NOT NULL, grading_progress TEXT NOT NULL,
  PRIMARY KEY (line_item_id, person_id)
) STRICT, WITHOUT ROWID;
