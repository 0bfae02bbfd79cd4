{% snapshot numbers_history %}
{{ config(unique_key='id', strategy='check', check_cols=['id'], target_schema='main') }}
select id from {{ ref('below') }}
{% endsnapshot %}
