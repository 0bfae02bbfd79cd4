{% snapshot animals_snapshot %}
{{ config(unique_key='animal_id', strategy='check', check_cols='all', schema='snapshots') }}
select * from {{ ref('animals') }}
{% endsnapshot %}
