{{ config(tags=['people']) }}

with given as (
    select * from {{ ref('members') }}
)

select
    member_no,
    {{ initials('full_name') }} as initials,
    full_name,
    cast(joined_on as date) as joined_on,
    card
from given
