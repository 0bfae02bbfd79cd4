select
    kind,
    per_minute
from (values ('city', 0.10), ('cargo', 0.25), ('electric', 0.20)) as prices (kind, per_minute)
