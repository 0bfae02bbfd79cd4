{% snapshot card_history %}
{{ config(
    target_schema='main',
    unique_key='member_no',
    strategy='check',
    check_cols=['card']
) }}
select
    member_no,
    card
from {{ ref('lnd_members') }}
{% endsnapshot %}
