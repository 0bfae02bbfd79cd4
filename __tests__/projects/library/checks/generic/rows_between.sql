{% test rows_between(model, lowest, highest) %}
with counted as (
    select count(*) as n
    from {{ model }}
)
select n
from counted
where n not between {{ lowest }} and {{ highest }}
{% endtest %}
