"""办件: the one case engine. A kind of case is a table of moves; whoever acts, every act leaves an event.

Pure: who a person is and where cases are kept is in `ckanext.govshare.cases`. A new kind of case (a monthly
report, a request) is a new table of moves here, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from ckanext.govshare.kernel.states import State


class Party(str, Enum):
    """Who a case waits for."""

    AUTHOR = "author"  # 填报员
    REVIEWER = "reviewer"  # 审核员 of the department
    OFFICE = "office"  # 主管部门 of the region
    DEPARTMENT = "department"  # whoever works for the department that the case was given to

    def __str__(self) -> str:
        return self.value


class Act(str, Enum):
    """What a person does to a case."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    LOCK = "lock"
    ACCEPT = "accept"
    REFUSE = "refuse"
    ASSIGN = "assign"
    ANSWER = "answer"
    CLOSE = "close"

    def __str__(self) -> str:
        return self.value


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Move(Generic[S]):
    """One act in one state.

    :param party: who does it
    :param reason: whether the act needs a reason in words
    """

    act: Act
    start: S
    end: S
    party: Party
    reason: bool = False


class WrongAct(ValueError):  # noqa: N818 - reads as what happened
    """The case stands where this act is not possible."""

    def __init__(self, act: Act, state: State):
        super().__init__(f"no {act} of a case that is {state}")
        self.act = act
        self.state = state


@dataclass(frozen=True)
class CaseKind(Generic[S]):
    """A kind of case.

    :param name: stable name, stored with every case
    :param first: the state in which a case begins
    :param moves: every move there is
    """

    name: str
    first: S
    moves: tuple[Move[S], ...]

    def find(self, act: Act | str, state: S | str, end: S | str | None = None) -> Move[S]:
        """The move that an act makes.

        :param end: which one, where an act may lead to several states; the first by default
        :raises WrongAct: there is none
        """
        kind, here = Act(act), type(self.first)(state)
        for move in self.moves:
            if move.act is kind and move.start is here and end in (None, move.end):
                return move
        raise WrongAct(kind, here)

    def open_acts(self, state: S | str) -> Iterator[Move[S]]:
        """The first move of each act that is possible in a state."""
        seen: set[Act] = set()
        for move in self.moves:
            if move.start == state and move.act not in seen:
                seen.add(move.act)
                yield move

    def waits_on(self, state: S | str) -> Party | None:
        """Who has to act next; nobody where the case has ended."""
        return next((move.party for move in self.open_acts(state)), None)

    def open_states(self) -> frozenset[str]:
        """Values of the states that can be left."""
        return frozenset(move.start.value for move in self.moves)


class ChangeState(State):
    """Where a change of an entry stands."""

    DRAFT = "draft"
    DEPT_REVIEW = "dept_review"
    OFFICE_REVIEW = "office_review"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


_DRAFT, _DEPT, _OFFICE, _RETURNED, _APPROVED, _WITHDRAWN = (
    ChangeState.DRAFT,
    ChangeState.DEPT_REVIEW,
    ChangeState.OFFICE_REVIEW,
    ChangeState.RETURNED,
    ChangeState.APPROVED,
    ChangeState.WITHDRAWN,
)

# 填报员 → 部门审核员 → 主管部门规范性审查 → 发布 (standards.md §7 "Review chain"). Two ways are shorter: where the
# department has nobody else, its sign-off is the office's (submit → office_review); where the office left the
# review to the department, its approval publishes (approve → approved).
CHANGE: CaseKind[ChangeState] = CaseKind(
    "change",
    _DRAFT,
    (
        Move(Act.SUBMIT, _DRAFT, _DEPT, Party.AUTHOR),
        Move(Act.SUBMIT, _DRAFT, _OFFICE, Party.AUTHOR),
        Move(Act.SUBMIT, _RETURNED, _DEPT, Party.AUTHOR),
        Move(Act.SUBMIT, _RETURNED, _OFFICE, Party.AUTHOR),
        Move(Act.APPROVE, _DEPT, _OFFICE, Party.REVIEWER),
        Move(Act.APPROVE, _DEPT, _APPROVED, Party.REVIEWER),
        Move(Act.APPROVE, _OFFICE, _APPROVED, Party.OFFICE),
        Move(Act.RETURN, _DEPT, _RETURNED, Party.REVIEWER, reason=True),
        Move(Act.RETURN, _OFFICE, _RETURNED, Party.OFFICE, reason=True),
        Move(Act.WITHDRAW, _DRAFT, _WITHDRAWN, Party.AUTHOR),
        Move(Act.WITHDRAW, _RETURNED, _WITHDRAWN, Party.AUTHOR),
        Move(Act.WITHDRAW, _DEPT, _WITHDRAWN, Party.AUTHOR),
        Move(Act.WITHDRAW, _OFFICE, _WITHDRAWN, Party.AUTHOR),
    ),
)


class ReportState(State):
    """Where a monthly report stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    LOCKED = "locked"


# Monthly report (standards.md §7 "Monthly report"): after acceptance nobody edits it; until the office closes the
# month it may still send an accepted report back, with a reason.
REPORT: CaseKind[ReportState] = CaseKind(
    "report",
    ReportState.OPEN,
    (
        Move(Act.SUBMIT, ReportState.OPEN, ReportState.SUBMITTED, Party.AUTHOR),
        Move(Act.SUBMIT, ReportState.RETURNED, ReportState.SUBMITTED, Party.AUTHOR),
        Move(Act.APPROVE, ReportState.SUBMITTED, ReportState.ACCEPTED, Party.OFFICE),
        Move(Act.RETURN, ReportState.SUBMITTED, ReportState.RETURNED, Party.OFFICE, reason=True),
        Move(Act.RETURN, ReportState.ACCEPTED, ReportState.RETURNED, Party.OFFICE, reason=True),
        Move(Act.LOCK, ReportState.ACCEPTED, ReportState.LOCKED, Party.OFFICE),
    ),
)


class SubmissionState(State):
    """Where an application stands that the public handed in."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


# 数据应用: whoever made it hands it in, the office looks at it; nothing is public before (T29).
SUBMISSION: CaseKind[SubmissionState] = CaseKind(
    "submission",
    SubmissionState.SUBMITTED,
    (
        Move(Act.APPROVE, SubmissionState.SUBMITTED, SubmissionState.APPROVED, Party.OFFICE),
        Move(Act.RETURN, SubmissionState.SUBMITTED, SubmissionState.RETURNED, Party.OFFICE, reason=True),
        Move(Act.SUBMIT, SubmissionState.RETURNED, SubmissionState.SUBMITTED, Party.AUTHOR),
        Move(Act.WITHDRAW, SubmissionState.SUBMITTED, SubmissionState.WITHDRAWN, Party.AUTHOR),
        Move(Act.WITHDRAW, SubmissionState.RETURNED, SubmissionState.WITHDRAWN, Party.AUTHOR),
    ),
)


class DialogueState(State):
    """Where a request, correction, comment or complaint of the public stands."""

    RECEIVED = "received"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_RECEIVED, _SENT_BACK, _ACCEPTED, _ANSWERED, _CLOSED, _REFUSED, _TAKEN_BACK = (
    DialogueState.RECEIVED,
    DialogueState.RETURNED,
    DialogueState.ACCEPTED,
    DialogueState.ANSWERED,
    DialogueState.CLOSED,
    DialogueState.REFUSED,
    DialogueState.WITHDRAWN,
)

# 互动交流: the office triages, the department answers, the office confirms the answer where the site asks for that
# (else: answer → closed). The author takes part by the receipt.
DIALOGUE: CaseKind[DialogueState] = CaseKind(
    "dialogue",
    _RECEIVED,
    (
        Move(Act.ACCEPT, _RECEIVED, _ACCEPTED, Party.OFFICE),
        Move(Act.REFUSE, _RECEIVED, _REFUSED, Party.OFFICE, reason=True),
        Move(Act.RETURN, _RECEIVED, _SENT_BACK, Party.OFFICE, reason=True),
        Move(Act.WITHDRAW, _RECEIVED, _TAKEN_BACK, Party.AUTHOR),
        Move(Act.SUBMIT, _SENT_BACK, _RECEIVED, Party.AUTHOR),
        Move(Act.WITHDRAW, _SENT_BACK, _TAKEN_BACK, Party.AUTHOR),
        Move(Act.REFUSE, _SENT_BACK, _REFUSED, Party.OFFICE, reason=True),
        Move(Act.ANSWER, _ACCEPTED, _ANSWERED, Party.DEPARTMENT),
        Move(Act.ANSWER, _ACCEPTED, _CLOSED, Party.DEPARTMENT),
        Move(Act.RETURN, _ACCEPTED, _RECEIVED, Party.DEPARTMENT, reason=True),
        Move(Act.ASSIGN, _ACCEPTED, _ACCEPTED, Party.OFFICE),
        Move(Act.WITHDRAW, _ACCEPTED, _TAKEN_BACK, Party.AUTHOR),
        Move(Act.CLOSE, _ANSWERED, _CLOSED, Party.OFFICE),
        Move(Act.RETURN, _ANSWERED, _ACCEPTED, Party.OFFICE, reason=True),
    ),
)

KINDS: dict[str, CaseKind] = {kind.name: kind for kind in (CHANGE, REPORT, SUBMISSION, DIALOGUE)}
