select
    loan_no,
    amount_due
from {{ ref('fines') }}
where amount_due < 0
