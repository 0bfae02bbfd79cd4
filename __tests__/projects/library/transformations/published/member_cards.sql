select
    cast(member_no as integer) as member_no,
    full_name as printed_name,
    amount_due
from {{ ref('member_activity') }}
