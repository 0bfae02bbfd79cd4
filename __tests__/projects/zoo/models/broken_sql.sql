{{ config(tags=['broken']) }}
{% set kinds = [
    'crane',
    'zebra',
    'python',
] %}

{#- Four lines of Jinja more than the compiled file has, and a loop that adds some:
    the line of the error is another one in each file. -#}
select
    animal_id,
    {% for kind in kinds %}
    count(*) filter (where species = '{{ kind }}') as {{ kind }}s,
    {% endfor %}
    max(legs) as legs,
    max(no_such_column) as oops
from {{ ref('animals') }}
group by animal_id
