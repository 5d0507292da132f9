"""The rows of the engine's tables as objects: one class per table, its fields the table's columns in their order.

What each column means stands in `schema.sql`. Flags are `bool`, instants text, ids `int`. `id` is 0 until a table has
taken the record.
"""

from dataclasses import dataclass

__all__ = [
    "AbstractCourse",
    "Account",
    "Admin",
    "Channel",
    "Course",
    "Enrollment",
    "Group",
    "GroupCategory",
    "GroupMembership",
    "InstitutionalTag",
    "InstitutionalTagAssociation",
    "InstitutionalTagCategory",
    "Login",
    "Section",
    "Term",
    "TermOverride",
    "User",
    "UserObserver",
]


@dataclass(slots=True, eq=False)
class Account:
    """A sub-account, or the root account (id 1)."""

    id: int = 0
    sis_id: str | None = None
    integration_id: str | None = None
    parent_account_id: int | None = None
    name: str = ""
    workflow_state: str = "active"
    settings: str = "{}"
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Term:
    """An enrollment term."""

    id: int = 0
    sis_id: str | None = None
    integration_id: str | None = None
    name: str = ""
    start_at: str | None = None
    end_at: str | None = None
    workflow_state: str = "active"
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class TermOverride:
    """Dates of a term for one enrollment type."""

    id: int = 0
    term_id: int = 0
    enrollment_type: str = ""
    start_at: str | None = None
    end_at: str | None = None
    workflow_state: str = "active"
    stuck: str = ""


@dataclass(slots=True, eq=False)
class AbstractCourse:
    """An abstract course."""

    id: int = 0
    sis_id: str | None = None
    short_name: str | None = None
    name: str | None = None
    account_id: int = 0
    term_id: int = 0
    workflow_state: str = "active"
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Course:
    """A course."""

    id: int = 0
    sis_id: str | None = None
    integration_id: str | None = None
    account_id: int = 0
    term_id: int = 0
    name: str | None = None
    course_code: str | None = None
    workflow_state: str = "created"
    start_at: str | None = None
    conclude_at: str | None = None
    restrict_to_dates: bool = False
    abstract_course_id: int | None = None
    template_course_id: int | None = None
    is_blueprint: bool = False
    is_template: bool = False
    blueprint_course_id: int | None = None
    course_format: str | None = None
    grade_passback_setting: str | None = None
    homeroom_course: bool = False
    friendly_name: str | None = None
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Section:
    """A section."""

    id: int = 0
    sis_id: str | None = None
    integration_id: str | None = None
    course_id: int = 0
    nonxlist_course_id: int | None = None
    name: str | None = None
    workflow_state: str = "active"
    default_section: bool = False
    start_at: str | None = None
    end_at: str | None = None
    restrict_to_dates: bool = False
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class User:
    """A person."""

    id: int = 0
    name: str = ""
    sortable_name: str = ""
    short_name: str | None = None
    pronouns: str | None = None
    workflow_state: str = "registered"
    stuck: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Login:
    """A login (Canvas: pseudonym)."""

    id: int = 0
    user_id: int = 0
    sis_id: str | None = None
    integration_id: str | None = None
    unique_id: str = ""
    unique_key: str = ""
    authentication_provider_id: int | None = None
    workflow_state: str = "active"
    declared_user_type: str | None = None
    password: str = ""
    channel_id: int | None = None
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Channel:
    """An e-mail address of a person (Canvas: communication channel)."""

    id: int = 0
    user_id: int = 0
    path: str = ""
    position: int = 0
    workflow_state: str = "active"
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Enrollment:
    """An enrollment."""

    id: int = 0
    user_id: int = 0
    course_id: int = 0
    section_id: int = 0
    type: str = ""
    role_id: int = 0
    associated_user_id: int = 0
    source_user_id: int = 0
    workflow_state: str = "active"
    start_at: str | None = None
    end_at: str | None = None
    completed_at: str | None = None
    limit_section_privileges: bool = False
    grade_publishing_status: str | None = None
    grade_publishing_message: str | None = None
    login_id: int | None = None
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Admin:
    """An administrator's role in an account (Canvas: account user)."""

    id: int = 0
    account_id: int = 0
    user_id: int = 0
    role_id: int = 0
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class GroupCategory:
    """A group category, or a differentiation tag set."""

    id: int = 0
    sis_id: str | None = None
    account_id: int | None = None
    course_id: int | None = None
    name: str = ""
    role: str | None = None
    self_signup: str | None = None
    group_limit: int | None = None
    non_collaborative: bool = False
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class Group:
    """A group, or a differentiation tag."""

    id: int = 0
    sis_id: str | None = None
    group_category_id: int | None = None
    account_id: int | None = None
    course_id: int | None = None
    name: str = ""
    non_collaborative: bool = False
    workflow_state: str = "available"
    stuck: str = ""
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class GroupMembership:
    """A person in a group, or under a differentiation tag."""

    id: int = 0
    group_id: int = 0
    user_id: int = 0
    workflow_state: str = "accepted"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class UserObserver:
    """An observer's link to a student."""

    id: int = 0
    student_id: int = 0
    observer_id: int = 0
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class InstitutionalTagCategory:
    """A category of institutional tags."""

    id: int = 0
    sis_id: str | None = None
    name: str = ""
    description: str | None = None
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class InstitutionalTag:
    """An institutional tag."""

    id: int = 0
    sis_id: str | None = None
    category_id: int = 0
    name: str = ""
    description: str = ""
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True, eq=False)
class InstitutionalTagAssociation:
    """A person under an institutional tag."""

    id: int = 0
    tag_id: int = 0
    user_id: int = 0
    workflow_state: str = "active"
    sis_import_id: int | None = None
    created_at: str = ""
    updated_at: str = ""
