{{ config(materialized='ephemeral') }}
select
    loan_no,
    member_no,
    days_out - {{ var('loan_days') }} as days_late
from {{ ref('lnd_loans') }}
where days_out > {{ var('loan_days') }}
