with loans as (

    select * from {{ ref('lnd_loans') }}

),

per_member as (

    select
        member_no,
        count(*) as loans_made,
        max(lent_on) as last_lent_on
    from loans
    group by member_no

),

owed as (

    select
        member_no,
        sum(amount_due) as amount_due
    from {{ ref('fines') }}
    group by member_no

)

select
    m.member_no,
    m.full_name,
    coalesce(p.loans_made, 0) as loans_made,
    p.last_lent_on,
    coalesce(o.amount_due, 0) as amount_due
from {{ ref('lnd_members') }} as m
left join per_member as p on p.member_no = m.member_no
left join owed as o
    on o.member_no = m.member_no
