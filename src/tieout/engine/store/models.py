"""The rows. Money is whole cents; times are UTC; raw answers and drafts are JSON text, kept as they were.

What is *seen* and *agreed* is the truth. `Standing` is what the last plan said of each slot: it can be deleted and
comes back with the next turn.
"""
from __future__ import annotations

from django.db import models

SIDES = (("procore", "Procore"), ("quickbooks", "QuickBooks"))
MODES = (("off", "Off"), ("shadow", "Shadow"), ("review", "Review"), ("live", "Live"))


class Connection(models.Model):
    """One authorised Procore company, or one QuickBooks company. Its secrets are sealed (see store/sealed.py)."""

    name = models.SlugField(unique=True, max_length=80)
    kind = models.CharField(max_length=32)                    # procore | quickbooks_online
    base_url = models.CharField(max_length=300, blank=True)   # empty: the vendor's own
    login_url = models.CharField(max_length=300, blank=True)
    company_id = models.CharField(max_length=40, blank=True)  # Procore company id or QuickBooks realm id
    company_name = models.CharField(max_length=300, blank=True)
    grant = models.CharField(max_length=32, default="authorization_code")   # | client_credentials
    client_id = models.CharField(max_length=200, blank=True)
    client_secret_sealed = models.BinaryField(default=bytes, blank=True)
    tokens_sealed = models.BinaryField(default=bytes, blank=True)
    tokens_version = models.PositiveIntegerField(default=0)
    access_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_held_by = models.CharField(max_length=64, blank=True)
    refresh_held_until = models.DateTimeField(null=True, blank=True)
    refused_why = models.TextField(blank=True)                # why a person has to connect again
    last_read_at = models.DateTimeField(null=True, blank=True)
    next_seq = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Pair(models.Model):
    """One Procore connection and one QuickBooks connection. `epoch` fences: a turn that takes the lease raises it."""

    name = models.SlugField(unique=True, max_length=80)
    procore = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="procore_pairs")
    quickbooks = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="quickbooks_pairs")
    mode = models.CharField(max_length=8, choices=MODES, default="off")
    rules = models.JSONField(default=dict)                    # as in the file of `apply`
    rules_version = models.PositiveIntegerField(default=1)    # rises with every change of the pair's set-up
    epoch = models.BigIntegerField(default=0)
    lease_holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    look_again = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    paused_why = models.TextField(blank=True)
    planned = models.CharField(max_length=120, blank=True)    # what the last complete plan was made from
    last_turn_at = models.DateTimeField(null=True, blank=True)   # both systems were last read to the end
    due_at = models.DateTimeField(null=True, blank=True)         # from when the worker wakes it; null: at once
    rotation = models.PositiveIntegerField(default=0)         # which of the rotating feeds is next

    def __str__(self) -> str:
        return self.name


class RoutedProject(models.Model):
    """A Procore project that a pair keeps in agreement, and from when on."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="projects")
    number = models.CharField(max_length=80)
    customer = models.CharField(max_length=500, blank=True)   # QuickBooks customer, by name
    job = models.CharField(max_length=500, blank=True)        # or an existing job, by full name
    start = models.DateField(null=True, blank=True)           # what is dated before is not entered
    from_application = models.PositiveIntegerField(null=True, blank=True)
    modes = models.JSONField(default=dict)                    # flow name -> mode, over the pair's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "number"], name="one_route_per_project")]


class Mapping(models.Model):
    """A person's word that one thing on the Procore side is one thing in QuickBooks.

    kind     vendor | customer | cost_code | cost_type | class
    source   a company's name or id; a cost code, optionally with type (03-300.S); a cost type (class: code or type)
    target   a name, number or id in QuickBooks
    """

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=24)
    source = models.CharField(max_length=500)
    target = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "kind", "source"], name="one_mapping_per_source")]


class Seen(models.Model):
    """The latest raw answer about one record. `seq` rises with every change, per connection."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="seen")
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    scope = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=32)                  # of raw, so that an echo is known for one
    raw = models.TextField(blank=True)
    deleted = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "kind", "key"], name="one_seen_per_record")]
        indexes = [models.Index(fields=["connection", "kind", "scope"]), models.Index(fields=["connection", "seq"])]


class SeenLink(models.Model):
    """Which other records a seen record names: how a project's bills and a bill's payments are found."""

    seen = models.ForeignKey(Seen, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["kind", "key"])]


class Cursor(models.Model):
    """How far a feed was read. `text` is the vendor adapter's own."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    feed = models.CharField(max_length=64)
    scope = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    read_at = models.DateTimeField()
    whole_at = models.DateTimeField(null=True, blank=True)    # when it was last read from the beginning

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "feed", "scope"], name="one_cursor_per_feed")]


class Agreed(models.Model):
    """Both sides of a slot as they last matched: who moved since is read from this.

    target   the record on the other side; empty where the slot is settled with nothing to enter
    wanted, held   the fields that matter, JSON text
    parts    source line -> line id on the target, so that bills draw on the right order line
    """

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="agreed")
    flow = models.CharField(max_length=48)
    slot = models.CharField(max_length=160)
    generation = models.PositiveIntegerField(default=1)
    target_kind = models.CharField(max_length=32, blank=True)
    target = models.CharField(max_length=64, blank=True)
    wanted = models.TextField(blank=True)
    held = models.TextField(blank=True)
    parts = models.JSONField(default=dict)
    rules_version = models.PositiveIntegerField(default=1)
    ours = models.BooleanField(default=True)                  # entered by a posting, not linked to what was there
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "flow", "slot"], name="one_agreed_per_slot")]
        indexes = [models.Index(fields=["pair", "target_kind", "target"])]


class Decision(models.Model):
    """What a person answered to a problem; planning reads it. Identity as of the problem: (pair, kind, subject)."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=48)
    subject = models.CharField(max_length=200)
    choice = models.CharField(max_length=120)
    value = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "kind", "subject"], name="one_decision_per_problem")]


class Approval(models.Model):
    """A person's yes to one document as it was shown: the fingerprint of its intent."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="approvals")
    fingerprint = models.CharField(max_length=64)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "fingerprint"], name="one_approval_per_fingerprint")]


class Delivery(models.Model):
    """One request that carries one posting or a batch. Retried as it was: same text, same members, same order."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="deliveries")
    side = models.CharField(max_length=12, choices=SIDES)
    text = models.CharField(max_length=50, unique=True)       # the vendor's idempotency key
    made_at = models.DateTimeField()


class Posting(models.Model):
    """One intended write. `state` moves only as core.posting allows; the row is kept before anything is sent."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="postings")
    flow = models.CharField(max_length=48)
    slot = models.CharField(max_length=160)
    generation = models.PositiveIntegerField(default=1)
    side = models.CharField(max_length=12, choices=SIDES)
    key = models.CharField(max_length=64, unique=True)
    tag = models.CharField(max_length=24)
    state = models.CharField(max_length=12)
    action = models.CharField(max_length=8)                   # create | update | delete
    kind = models.CharField(max_length=32)
    scope = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=64, blank=True)
    target_version = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=300)
    amount_cents = models.BigIntegerField(default=0)
    fingerprint = models.CharField(max_length=64)
    draft = models.TextField(blank=True)                      # JSON of the core draft
    wanted = models.TextField(blank=True)                     # its essence
    effect = models.TextField(blank=True)                     # JSON: [[account, debit cents, credit cents], …]
    payload = models.TextField(blank=True)                    # exactly what is sent
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="postings")
    position = models.PositiveIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    approved_by = models.CharField(max_length=150)            # a person, or "rule: live"
    natural = models.DateField(null=True, blank=True)         # the document's own date, where its draft bears another
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    answer = models.TextField(blank=True)                     # vendor code and words of the last refusal or doubt

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "flow", "slot"], name="one_unfinished_posting_per_slot",
                condition=models.Q(state__in=["approved", "sent", "in_doubt"])),
        ]
        indexes = [models.Index(fields=["pair", "state"]), models.Index(fields=["pair", "flow", "slot"])]


class OpenProblem(models.Model):
    """A problem as it stands. `open` follows the plan: one that the plan no longer raises is closed by itself."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=48)
    subject = models.CharField(max_length=200)
    says = models.TextField()
    fix = models.TextField()
    who = models.CharField(max_length=24)
    details = models.TextField(blank=True)
    amount_cents = models.BigIntegerField(default=0)
    project = models.CharField(max_length=80, blank=True)
    choices = models.JSONField(default=list)                  # [{id, label, needs}]
    blocks = models.JSONField(default=list)                   # [[flow, slot], …]
    open = models.BooleanField(default=True)
    since = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "kind", "subject"], name="one_row_per_problem")]
        indexes = [models.Index(fields=["pair", "open"])]


class Standing(models.Model):
    """What the last plan said of one slot; what lists of documents are drawn from.

    status   synced | waiting | needs_approval | needs_you | held_back | changed | missing | left_out | not_posted
    """

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="standings")
    flow = models.CharField(max_length=48)
    slot = models.CharField(max_length=160)
    status = models.CharField(max_length=16)
    why = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300)
    number = models.CharField(max_length=120, blank=True)
    party = models.CharField(max_length=300, blank=True)
    project = models.CharField(max_length=80, blank=True)
    dated = models.DateField(null=True, blank=True)
    amount_cents = models.BigIntegerField(default=0)
    source_kind = models.CharField(max_length=32)
    source = models.CharField(max_length=64)
    target_kind = models.CharField(max_length=32, blank=True)
    target = models.CharField(max_length=64, blank=True)
    intent = models.CharField(max_length=12, blank=True)      # enter | correct | reverse | settle | leave | ask
    fingerprint = models.CharField(max_length=64, blank=True)
    effect = models.TextField(blank=True)                     # JSON as in Posting.effect
    draft = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "flow", "slot"], name="one_standing_per_slot")]
        indexes = [models.Index(fields=["pair", "status"]), models.Index(fields=["pair", "project"]),
                   models.Index(fields=["pair", "fingerprint"])]


class TrailHead(models.Model):
    """The end of one chain: a pair's, or the installation's (empty name). Locked by whoever appends."""

    chain = models.CharField(max_length=80, unique=True)
    length = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class TrailEntry(models.Model):
    """Append-only. `hash` covers the entry before it; what a person is told is made from `kind` and `body`."""

    chain = models.CharField(max_length=80)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)                     # a person's name, or "system"
    kind = models.CharField(max_length=32)                    # seen | decided | approved | sent | answered | agreed | …
    subject = models.CharField(max_length=220, blank=True)    # flow:slot, or what it is about
    says = models.TextField()
    body = models.TextField(blank=True)                       # JSON; never a secret
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_entry_per_number")]
        indexes = [models.Index(fields=["chain", "subject"])]


class TieOutKept(models.Model):
    """A tie-out as it was computed, kept by day."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="tie_outs")
    made_at = models.DateTimeField()
    as_of = models.DateField(null=True, blank=True)
    unexplained_cents = models.BigIntegerField(default=0)
    body = models.TextField()


class SetupLink(models.Model):
    """The one-time link printed at first start; only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Worker(models.Model):
    """A worker's heartbeat, so that a dead machine's turns are found."""

    name = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField()
