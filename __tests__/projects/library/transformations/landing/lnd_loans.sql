-- one row for each loan
select
    loan_no,
    isbn,
    member_no,
    lent_on,
    returned_on,
    {{ days_between('lent_on', "coalesce(returned_on, date '2024-03-01')") }} as days_out
from {{ ref('loans') }}
