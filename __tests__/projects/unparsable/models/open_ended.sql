select 1 as id
{% if true %}
-- and no endif
