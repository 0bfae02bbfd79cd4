select 1 as cage_id
