-- The sandbox's tables. One database is one Canvas root account (accounts.id = 1).
--
-- Conventions
--   id                Canvas id. Every table counts for itself, from 1.
--   sis_id            SIS id as the CSV files name it; NULL when the object has none. Compared case-sensitively.
--   workflow_state    Canvas's word for the state; deleted rows stay, state 'deleted'.
--   stuck             Comma-separated names of the columns that a change outside SIS protects ('' = none).
--   sis_import_id     The last import that touched the row ("sis_batch_id"); NULL = never touched by SIS.
--   instants          Text 'YYYY-MM-DDTHH:MM:SSZ', UTC, whole seconds.
--   flags             0 or 1.
-- Written by the engine alone; the HTTP side reads.

-- Accounts; the root account is id 1 with parent_account_id NULL and no SIS id.
-- settings: JSON object, of the root account: allow_sis_import, can_add_pronouns, password_policy, institutional_tags,
-- allow_assign_to_differentiation_tags …; of sub-accounts: elementary (Canvas for Elementary).
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    sis_id TEXT,
    integration_id TEXT,
    parent_account_id INTEGER,
    name TEXT NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, deleted
    settings TEXT NOT NULL DEFAULT '{}',
    stuck TEXT NOT NULL DEFAULT '',          -- of: name, parent_account_id
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX accounts_sis ON accounts (sis_id) WHERE sis_id IS NOT NULL;
CREATE UNIQUE INDEX accounts_integration ON accounts (integration_id) WHERE integration_id IS NOT NULL;
CREATE INDEX accounts_parent ON accounts (parent_account_id);

-- Enrollment terms; id 1 is 'Default Term', without SIS id.
CREATE TABLE terms (
    id INTEGER PRIMARY KEY,
    sis_id TEXT,
    integration_id TEXT,
    name TEXT NOT NULL,
    start_at TEXT,
    end_at TEXT,
    workflow_state TEXT NOT NULL,            -- active, deleted
    stuck TEXT NOT NULL DEFAULT '',          -- of: name, start_at, end_at
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX terms_sis ON terms (sis_id) WHERE sis_id IS NOT NULL;
CREATE UNIQUE INDEX terms_integration ON terms (integration_id) WHERE integration_id IS NOT NULL;

-- Dates of a term for one enrollment type (StudentEnrollment, TeacherEnrollment, TaEnrollment, DesignerEnrollment).
CREATE TABLE term_overrides (
    id INTEGER PRIMARY KEY,
    term_id INTEGER NOT NULL,
    enrollment_type TEXT NOT NULL,
    start_at TEXT,
    end_at TEXT,
    workflow_state TEXT NOT NULL,            -- active, deleted
    stuck TEXT NOT NULL DEFAULT '',          -- of: start_at, end_at
    UNIQUE (term_id, enrollment_type)
);

CREATE TABLE abstract_courses (
    id INTEGER PRIMARY KEY,
    sis_id TEXT UNIQUE,
    short_name TEXT,
    name TEXT,
    account_id INTEGER NOT NULL,
    term_id INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, deleted
    stuck TEXT NOT NULL DEFAULT '',          -- of: name, short_name, term_id
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE TABLE courses (
    id INTEGER PRIMARY KEY,
    sis_id TEXT,
    integration_id TEXT,
    account_id INTEGER NOT NULL,
    term_id INTEGER NOT NULL,
    name TEXT,
    course_code TEXT,
    workflow_state TEXT NOT NULL,            -- created, claimed (both: unpublished), available, completed, deleted
    start_at TEXT,
    conclude_at TEXT,
    restrict_to_dates INTEGER NOT NULL DEFAULT 0,   -- restrict_enrollments_to_course_dates
    abstract_course_id INTEGER,
    template_course_id INTEGER,              -- the course it was copied from when cross-listing created it
    is_blueprint INTEGER NOT NULL DEFAULT 0,
    is_template INTEGER NOT NULL DEFAULT 0,  -- a course template of an account
    blueprint_course_id INTEGER,             -- the blueprint it is associated with
    course_format TEXT,                      -- on_campus, online, blended
    grade_passback_setting TEXT,
    homeroom_course INTEGER NOT NULL DEFAULT 0,
    friendly_name TEXT,
    stuck TEXT NOT NULL DEFAULT '',
    -- of: name, course_code, account_id, term_id, start_at, conclude_at, restrict_to_dates, workflow_state,
    --     grade_passback_setting
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX courses_sis ON courses (sis_id) WHERE sis_id IS NOT NULL;
CREATE INDEX courses_integration ON courses (integration_id) WHERE integration_id IS NOT NULL;
CREATE INDEX courses_account ON courses (account_id);
CREATE INDEX courses_term ON courses (term_id);
CREATE INDEX courses_template ON courses (template_course_id) WHERE template_course_id IS NOT NULL;

-- Sections. course_id is where the section is now; nonxlist_course_id its home while it is cross-listed.
CREATE TABLE sections (
    id INTEGER PRIMARY KEY,
    sis_id TEXT,
    integration_id TEXT,
    course_id INTEGER NOT NULL,
    nonxlist_course_id INTEGER,
    name TEXT,
    workflow_state TEXT NOT NULL,            -- active, deleted
    default_section INTEGER NOT NULL DEFAULT 0,
    start_at TEXT,
    end_at TEXT,
    restrict_to_dates INTEGER NOT NULL DEFAULT 0,   -- restrict_enrollments_to_section_dates
    stuck TEXT NOT NULL DEFAULT '',
    -- of: course_id, name, start_at, end_at, restrict_to_dates
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX sections_sis ON sections (sis_id) WHERE sis_id IS NOT NULL;
CREATE INDEX sections_integration ON sections (integration_id) WHERE integration_id IS NOT NULL;
CREATE INDEX sections_course ON sections (course_id);
CREATE INDEX sections_home ON sections (nonxlist_course_id) WHERE nonxlist_course_id IS NOT NULL;

-- People. short_name NULL means: shown as name. id 1 is the sandbox's administrator.
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sortable_name TEXT NOT NULL,
    short_name TEXT,
    pronouns TEXT,
    workflow_state TEXT NOT NULL,            -- registered, pre_registered, deleted
    stuck TEXT NOT NULL DEFAULT '',          -- of: name, sortable_name, short_name, pronouns
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Logins (Canvas: pseudonyms), one person may have several. unique_key is the login id in lower case.
-- password: '' none, 'machine:<digest>' given by an import or generated, 'own:<digest>' chosen by the person.
CREATE TABLE logins (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    sis_id TEXT,
    integration_id TEXT,
    unique_id TEXT NOT NULL,
    unique_key TEXT NOT NULL,
    authentication_provider_id INTEGER,
    workflow_state TEXT NOT NULL,            -- active, suspended, deleted
    declared_user_type TEXT,
    password TEXT NOT NULL DEFAULT '',
    channel_id INTEGER,                      -- the e-mail channel that SIS gave this login
    stuck TEXT NOT NULL DEFAULT '',          -- of: unique_id, workflow_state
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX logins_sis ON logins (sis_id) WHERE sis_id IS NOT NULL;
CREATE UNIQUE INDEX logins_integration ON logins (integration_id) WHERE integration_id IS NOT NULL;
CREATE INDEX logins_unique ON logins (unique_key);
CREATE INDEX logins_user ON logins (user_id);

-- E-mail addresses (communication channels); the first live one by position, id is the user's e-mail.
CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    position INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, unconfirmed, retired
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX channels_user ON channels (user_id);

-- Authentication providers of the root account; id 1 is the built-in one (canvas). workflow_state: active, deleted.
CREATE TABLE authentication_providers (
    id INTEGER PRIMARY KEY,
    auth_type TEXT NOT NULL,
    position INTEGER NOT NULL,
    workflow_state TEXT NOT NULL
);

-- Roles. Built-in ones (workflow_state built_in) have account_id 1. name is what the API calls role.
-- base_role_type: StudentEnrollment, TeacherEnrollment, TaEnrollment, DesignerEnrollment, ObserverEnrollment,
-- AccountMembership (account roles; the built-in AccountAdmin too).
CREATE TABLE roles (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    base_role_type TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- built_in, active, inactive, deleted
    permissions TEXT NOT NULL DEFAULT '{}',  -- JSON: what the role allows beyond its base (the HTTP side's)
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Enrollments. type is the base role type; associated_user_id is the observed student (0 = none);
-- source_user_id the provider of a temporary enrollment (0 = none).
CREATE TABLE enrollments (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    course_id INTEGER NOT NULL,
    section_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    role_id INTEGER NOT NULL,
    associated_user_id INTEGER NOT NULL DEFAULT 0,
    source_user_id INTEGER NOT NULL DEFAULT 0,
    workflow_state TEXT NOT NULL,            -- active, invited, inactive, completed, rejected, deleted
    start_at TEXT,
    end_at TEXT,
    completed_at TEXT,
    limit_section_privileges INTEGER NOT NULL DEFAULT 0,
    grade_publishing_status TEXT,
    grade_publishing_message TEXT,
    login_id INTEGER,                        -- logins.id: the login by which the last import named the person
    stuck TEXT NOT NULL DEFAULT '',          -- of: start_at, end_at
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX enrollments_user ON enrollments (user_id, section_id);
CREATE INDEX enrollments_course ON enrollments (course_id);
CREATE INDEX enrollments_section ON enrollments (section_id);
CREATE INDEX enrollments_associated ON enrollments (associated_user_id) WHERE associated_user_id > 0;

-- Administrators (account users). sis_import_id set: managed by SIS.
CREATE TABLE admins (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (account_id, user_id, role_id)
);
CREATE INDEX admins_user ON admins (user_id);

-- Group categories; with non_collaborative = 1 a differentiation tag set. Lives in an account or in a course.
CREATE TABLE group_categories (
    id INTEGER PRIMARY KEY,
    sis_id TEXT UNIQUE,
    account_id INTEGER,
    course_id INTEGER,
    name TEXT NOT NULL,
    role TEXT,                               -- student_organized for a course's own 'Student Groups'
    self_signup TEXT,                        -- enabled, restricted
    group_limit INTEGER,
    non_collaborative INTEGER NOT NULL DEFAULT 0,
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX group_categories_account ON group_categories (account_id);
CREATE INDEX group_categories_course ON group_categories (course_id);

-- Groups; with non_collaborative = 1 differentiation tags. Lives in an account or in a course.
CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    sis_id TEXT UNIQUE,
    group_category_id INTEGER,
    account_id INTEGER,
    course_id INTEGER,
    name TEXT NOT NULL,
    non_collaborative INTEGER NOT NULL DEFAULT 0,
    workflow_state TEXT NOT NULL,            -- available, deleted
    stuck TEXT NOT NULL DEFAULT '',          -- of: name
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX groups_category ON groups (group_category_id);
CREATE INDEX groups_course ON groups (course_id);
CREATE INDEX groups_account ON groups (account_id);

CREATE TABLE group_memberships (
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- accepted, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (group_id, user_id)
);
CREATE INDEX group_memberships_user ON group_memberships (user_id);

-- Who observes whom.
CREATE TABLE user_observers (
    id INTEGER PRIMARY KEY,
    student_id INTEGER NOT NULL,             -- users.id
    observer_id INTEGER NOT NULL,            -- users.id
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (student_id, observer_id)
);
CREATE INDEX user_observers_observer ON user_observers (observer_id);

CREATE TABLE institutional_tag_categories (
    id INTEGER PRIMARY KEY,
    sis_id TEXT UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE TABLE institutional_tags (
    id INTEGER PRIMARY KEY,
    sis_id TEXT UNIQUE,
    category_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX institutional_tags_category ON institutional_tags (category_id);

CREATE TABLE institutional_tag_associations (
    id INTEGER PRIMARY KEY,
    tag_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    workflow_state TEXT NOT NULL,            -- active, deleted
    sis_import_id INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (tag_id, user_id)
);

-- SIS imports ("SisBatch"). Column names as in the JSON; NULL where the JSON shows null.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    user_id INTEGER,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    updated_at TEXT NOT NULL,
    progress INTEGER NOT NULL DEFAULT 0,
    workflow_state TEXT NOT NULL,
    data TEXT NOT NULL,                      -- JSON object, just as the JSON shows it
    batch_mode INTEGER,
    batch_mode_term_id INTEGER,
    multi_term_batch_mode INTEGER,
    batch_mode_enrollment_drop_status TEXT,
    override_sis_stickiness INTEGER,
    add_sis_stickiness INTEGER,
    clear_sis_stickiness INTEGER,
    update_sis_id_if_login_claimed INTEGER,
    skip_deletes INTEGER,
    diffing_data_set_identifier TEXT,
    diffing_remaster INTEGER,
    diffing_drop_status TEXT,
    diffing_user_remove_status TEXT,
    change_threshold INTEGER,
    diff_row_count_threshold INTEGER,
    diffing_threshold_exceeded INTEGER NOT NULL DEFAULT 0,   -- shown only with a data set identifier
    processing_errors TEXT,                  -- JSON list of [file, message] as shown, capped; NULL = key absent
    processing_warnings TEXT,                -- likewise
    errors_attachment_id INTEGER,            -- attachments.id once the error file exists
    upload_id INTEGER,                       -- uploads.id; NULL when the request carried no file
    generated_diff_id INTEGER,               -- uploads.id of the generated difference; NULL when not diffed
    held INTEGER NOT NULL DEFAULT 0          -- 1: kept in its state by a control route, no worker touches it
);
CREATE INDEX imports_state ON imports (workflow_state);
CREATE INDEX imports_data_set ON imports (diffing_data_set_identifier) WHERE diffing_data_set_identifier IS NOT NULL;

-- Files as they were sent, and generated differences (zip).
CREATE TABLE uploads (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL
);

-- Messages of imports ("SisBatchError"); deleted after 30 days. failure 1 = error, 0 = warning.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL,
    file TEXT,
    message TEXT NOT NULL,
    row INTEGER,
    row_info TEXT,
    failure INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX messages_import ON messages (import_id, failure);

-- Files that an import offers for download. kind: csv (as uploaded), diffed (generated difference), errors.
-- The bytes come from Engine.attachment_content(id): content, else the member of the upload.
CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL,
    import_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    display_name TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    upload_id INTEGER,
    member TEXT,
    content BLOB
);
CREATE INDEX attachments_import ON attachments (import_id, kind);

-- Background jobs that the API shows; here those of restore_states. options: JSON object.
CREATE TABLE progresses (
    id INTEGER PRIMARY KEY,
    context_id INTEGER NOT NULL,             -- imports.id
    context_type TEXT NOT NULL,              -- SisBatch
    tag TEXT NOT NULL,                       -- sis_batch_state_restore
    completion REAL NOT NULL,
    workflow_state TEXT NOT NULL,            -- queued, running, completed, failed
    message TEXT,
    options TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- State changes that imports made ("SisBatchRollBackData"): what statistics count and restore_states undoes;
-- deleted after 30 days. class as in data.statistics; previous_state 'non-existent' = the import created the object.
CREATE TABLE state_changes (
    import_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    class TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    previous_state TEXT NOT NULL,
    new_state TEXT NOT NULL,
    batch_mode_delete INTEGER NOT NULL,
    restored INTEGER NOT NULL,
    PRIMARY KEY (import_id, id)
) WITHOUT ROWID;

-- Pieces of imports whose importer crashed and that are tried again at due_at.
CREATE TABLE retries (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    path TEXT NOT NULL,                      -- the file inside the upload (or the generated difference)
    first_record INTEGER NOT NULL,           -- number of its first record, the header being 1
    record_count INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    due_at TEXT NOT NULL
);

-- Small facts of the database itself: schema_version, error_reports (the last number given out), queue_paused, …
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
