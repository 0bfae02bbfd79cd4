{{ config(
    materialized='incremental',
    unique_key='loan_no',
    on_schema_change='append_new_columns'
) }}

select
    loan_no,
    member_no,
    days_late,
    days_late * 0.25 as amount_due
from {{ ref('late_loans') }}

{% if is_incremental() %}
where loan_no > (select max(loan_no) from {{ this }})
{% endif %}
