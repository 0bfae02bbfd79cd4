select 1 as cage_id, no_such_function(2) as size
